"""A process that opens connections and leaves them alone."""

from __future__ import annotations

import errno
import json
import resource
import select
import socket
import sys

HALF_A_REQUEST = b"POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Le"


class Connections:
    """So many connections at once; one that is closed makes room for another."""

    def __init__(self, ports: list[int], count: int, address: str) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if hard != resource.RLIM_INFINITY and hard < count + 50:
            raise SystemExit(f"{count:,} connections need a limit of open files above {hard:,} (ulimit -n)")
        self.ports = ports
        self.count = count
        self.address = address
        self.poll = select.epoll()
        self.open: dict[int, socket.socket] = {}
        self.waiting: set[int] = set()
        self.begun = 0
        self.established = 0
        self.ended = 0

    def fill(self) -> None:
        while len(self.open) < self.count:
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind((self.address, 0))
            code = connection.connect_ex(("127.0.0.1", self.ports[self.begun % len(self.ports)]))
            if code not in (0, errno.EINPROGRESS):
                connection.close()
                return
            self.begun += 1
            self.open[connection.fileno()] = connection
            self.waiting.add(connection.fileno())
            self.poll.register(connection, select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP)

    def look(self, seconds: float) -> None:
        for number, event in self.poll.poll(seconds):
            connection = self.open[number]
            if event & ~select.EPOLLOUT:
                self.drop(number)
            elif number in self.waiting:
                self.waiting.discard(number)
                self.established += 1
                self.poll.modify(connection, select.EPOLLIN | select.EPOLLRDHUP)
                # Every second one begins a request.
                if number % 2:
                    connection.send(HALF_A_REQUEST)

    def drop(self, number: int) -> None:
        if number not in self.waiting:
            self.ended += 1
        self.waiting.discard(number)
        self.poll.unregister(number)
        self.open.pop(number).close()


def flood(ports: list[int], count: int, address: str) -> None:
    """Keeps connections open until standard input ends; says when all were begun, and in the end how many there were."""
    connections = Connections(ports, count, address)
    inputs = select.poll()
    inputs.register(sys.stdin, select.POLLIN | select.POLLHUP)
    most = 0
    while not inputs.poll(0):
        connections.fill()
        if len(connections.open) == count and most < count:
            print("open", flush=True)
        most = max(most, len(connections.open))
        connections.look(0.1)
    counts = {
        "at once": most,
        "begun": connections.begun,
        "established": connections.established,
        "closed by the service": connections.ended,
    }
    print(json.dumps(counts), flush=True)
