"""A process that opens connections and leaves them alone."""

from __future__ import annotations

import errno
import itertools
import json
import resource
import select
import socket
import sys
import time
from collections import Counter

HALF_A_REQUEST = b"POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Le"
# How many connections to a port may be on their way at once: those of all processes fit into the backlog of a listener,
# 256. Beyond it the system drops them, and tries again a second later, then two, then four: so another one is begun in
# place of one that takes longer than this many seconds.
ON_THEIR_WAY = 64
TRY = 0.7
# After so many seconds in which no more connections stand than before, as many stand as there may be.
STANDSTILL = 5.0


class Connections:
    """So many connections at once; one that is closed makes room for another."""

    def __init__(self, ports: list[int], count: int, address: str) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if hard != resource.RLIM_INFINITY and hard < count + 50:
            raise SystemExit(f"{count:,} connections need a limit of open files above {hard:,} (ulimit -n)")
        self.ports = ports
        self.count = count
        # The same share to each port, so that none gets more than it may have while another has room.
        self.share = -(-count // len(ports))
        self.address = address
        self.poll = select.epoll()
        self.open: dict[int, tuple[socket.socket, int]] = {}
        self.waiting: dict[int, float] = {}  # when each was begun, in that order
        self.on_their_way: Counter[int] = Counter({port: 0 for port in ports})
        self.standing: Counter[int] = Counter({port: 0 for port in ports})
        self.begun = 0
        self.established = 0
        self.ended = 0

    def fill(self) -> None:
        """Begins connections, as many to each port as there is room for in its backlog."""
        old = time.monotonic() - TRY
        for number, _ in list(itertools.takewhile(lambda entry: entry[1] < old, self.waiting.items())):
            self.drop(number)
        while len(self.open) < self.count:
            free = [port for port in self.ports if self.on_their_way[port] < ON_THEIR_WAY and self.held(port) < self.share]
            if not free:
                return
            port = min(free, key=self.held)
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind((self.address, 0))
            code = connection.connect_ex(("127.0.0.1", port))
            if code not in (0, errno.EINPROGRESS):
                connection.close()
                return
            number = connection.fileno()
            self.begun += 1
            self.open[number] = connection, port
            self.waiting[number] = time.monotonic()
            self.on_their_way[port] += 1
            self.poll.register(connection, select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP)

    def held(self, port: int) -> int:
        return self.on_their_way[port] + self.standing[port]

    def look(self, seconds: float) -> None:
        for number, event in self.poll.poll(seconds):
            connection, port = self.open[number]
            if event & ~select.EPOLLOUT:
                self.drop(number)
            elif number in self.waiting:
                del self.waiting[number]
                self.on_their_way[port] -= 1
                self.standing[port] += 1
                self.established += 1
                self.poll.modify(connection, select.EPOLLIN | select.EPOLLRDHUP)
                # Every second one begins a request.
                if number % 2:
                    connection.send(HALF_A_REQUEST)

    def drop(self, number: int) -> None:
        connection, port = self.open.pop(number)
        if self.waiting.pop(number, None) is None:
            self.ended += 1
            self.standing[port] -= 1
        else:
            self.on_their_way[port] -= 1
        self.poll.unregister(number)
        connection.close()


def flood(ports: list[int], count: int, address: str) -> None:
    """Keeps connections open until standard input ends; says when all stand, or as many as there may be, and in the end
    how many there were."""
    connections = Connections(ports, count, address)
    inputs = select.poll()
    inputs.register(sys.stdin, select.POLLIN | select.POLLHUP)
    most, grown, is_said = 0, time.monotonic(), False
    while not inputs.poll(0):
        connections.fill()
        connections.look(0.1)
        standing = connections.standing.total()
        if standing > most:
            most, grown = standing, time.monotonic()
        if not is_said and (standing >= count or time.monotonic() > grown + STANDSTILL):
            print("standing", flush=True)
            is_said = True
    counts = {
        "at once": most,
        "begun": connections.begun,
        "established": connections.established,
        "closed by the service": connections.ended,
    }
    print(json.dumps(counts), flush=True)
