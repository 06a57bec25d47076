"""The process under test, and the ways to ask it."""

from __future__ import annotations

import http.client
import json
import os
import random
import resource
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from crash_test.report import Failed

Answer = tuple[int, Any]

DATABASES = ("order", "payment", "inventory")

# Bounds, in seconds
REQUEST_LIMIT = 5.0
START_LIMIT = 30.0
STOP_LIMIT = 15.0


def free_ports(count: int) -> list[int]:
    """Free loopback ports, below those the system gives to outgoing connections.

    Otherwise a client could be given the server's port while the server is down.
    """
    ports: list[int] = []
    candidates = list(range(20_000, 32_000))
    random.SystemRandom().shuffle(candidates)
    for port in candidates:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise Failed("no free loopback ports were found")


def request(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """One request on a connection of its own. Raises OSError or HTTPException when there is no whole answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_LIMIT)) as connection:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    try:
        return response.status, json.loads(text)
    except ValueError:
        return response.status, text


class Server:
    """The orders executable: its three ports, its data folder and its log."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary = binary
        self.data = folder / "data"
        self.databases = self.data / "orders"
        self.log = folder / "server.log"
        self.order, self.payment, self.inventory = self.ports = free_ports(3)
        self.process: subprocess.Popen[bytes] | None = None
        # The limit of open files, if it is not that of this process
        self.open_files: int | None = None
        self.environment = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
        self.environment |= {
            "TIDINGS_DATA": str(self.data),
            "EVENT_BUS_TYPE": "embedded",
            "ORDER_PORT": str(self.order),
            "PAYMENT_PORT": str(self.payment),
            "INVENTORY_PORT": str(self.inventory),
            "USE_SIMULATED_PAYMENT": "true",
            "PAYMENT_SUCCESS_RATE": "0.9",
        }

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self.limit_open_files,
            )

    def limit_open_files(self) -> None:
        if self.open_files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.open_files, self.open_files))

    def check_alive(self) -> None:
        code = None if self.process is None else self.process.poll()
        if code is not None:
            raise Failed(f"the server ended by itself with {code}; its log ends:\n{self.log_tail()}")

    def await_health(self) -> None:
        deadline = time.monotonic() + START_LIMIT
        for port in self.ports:
            while not self.answers(port):
                self.check_alive()
                if time.monotonic() > deadline:
                    raise Failed(f"no health on port {port} in {START_LIMIT:.0f} s; the log ends:\n{self.log_tail()}")
                time.sleep(0.02)

    @staticmethod
    def answers(port: int) -> bool:
        try:
            return request(port, "GET", "/health")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_LIMIT)

    def stop(self) -> int | None:
        """Ends the process with SIGTERM and returns its exit status, or nothing when it had to be killed."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def get(self, port: int, path: str) -> Any:
        """The answer to a request that must succeed."""
        try:
            status, answer = request(port, "GET", path)
        except (OSError, http.client.HTTPException) as error:
            self.check_alive()
            raise Failed(f"GET {path}: {error!r}") from error
        if status != 200:
            raise Failed(f"GET {path} was answered {status}: {answer}")
        return answer

    def pages(self, query: str = "") -> Iterator[dict[str, Any]]:
        """Every order that GET /orders lists."""
        after, seen = "", set()
        while after not in seen:
            seen.add(after)
            place = f"&after={urllib.parse.quote(after, safe='')}" if after else ""
            page = self.get(self.order, f"/orders?limit=100{place}{query}")
            yield from page["orders"]
            after = page.get("next") or ""
            if not after:
                return
        raise Failed(f"GET /orders gave the same `next` twice: {after}")

    def stock(self, product: str) -> dict[str, int]:
        answer: dict[str, int] = self.get(self.inventory, f"/inventory/products/{product}")
        return answer

    def query(self, name: str, statement: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of one service's database, read without touching it."""
        path = urllib.parse.quote(str(self.databases / f"{name}.sqlite"))
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=REQUEST_LIMIT)) as database:
                return database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise Failed(f"{name}.sqlite: {error} ({statement})") from error
