"""The process under test: started, asked, killed."""

from __future__ import annotations

import http.client
import os
import re
import resource
import signal
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crash_test.report import Failed
from crash_test.server import Answer, free_ports, request
from runtime_torture.disk import SITES, Disk

START_LIMIT, STOP_LIMIT = 60.0, 25.0  # seconds
TRAPS = (-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT)
FLEETS = ("v1", "v2", "mixed")


class Process:
    """The runtime-torture executable, its ports, its folder and its log."""

    def __init__(self, binary: Path, folder: Path, settings: dict[str, str]) -> None:
        self.binary, self.folder, self.settings = binary, folder, settings
        self.world = folder / "world"
        self.log = folder / "log"
        self.log.touch()
        self.world.touch()
        self.disk = Disk(folder)
        self.ports = dict(zip(SITES, free_ports(len(SITES)), strict=True))
        self.process: subprocess.Popen[bytes] | None = None
        self.fleet = "v1"
        self.ahead = 0  # how far the wall clock of the services is, in seconds
        self.said = b""
        self.began = 0.0
        self.starts = 0
        self.is_cured = False

    # Starting and ending

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
        environment |= self.settings | self.disk.environment
        environment |= {f"{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        environment |= {
            "TIDINGS_DATA": str(self.folder / "data"),
            "TORTURE_WORLD": str(self.folder),
            "TORTURE_FLEET": self.fleet,
            "TORTURE_CLOCK": str(self.ahead),
            "TORTURE_CURED": "true" if self.is_cured else "false",
            "SWIFT_BACKTRACE": "enable=no",
        }
        self.said = b""
        self.began = time.monotonic()
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                start_new_session=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
            )  # fmt: skip
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)

    @property
    def has_been_ready(self) -> bool:
        """Whether all its services have listened."""
        if self.process is None or self.process.stdout is None:
            return False
        try:
            self.said += os.read(self.process.stdout.fileno(), 4096)
        except BlockingIOError:
            pass
        return self.said.count(b"\n") >= len(SITES)

    @property
    def is_ready(self) -> bool:
        """Whether it runs, and all its services listen."""
        return self.code() is None and self.has_been_ready

    def code(self) -> int | None:
        """How it ended; nothing while it runs."""
        return None if self.process is None else self.process.poll()

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_LIMIT)

    def stop(self) -> int | None:
        """Ends it with SIGTERM; returns its exit status, or nothing when it had to be killed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def await_ready(self) -> None:
        while not self.is_ready:
            if (code := self.code()) is not None:
                raise Failed(f"the process ended with {code}; its log ends:\n{self.log_tail()}")
            if time.monotonic() > self.began + START_LIMIT:
                raise Failed(f"the process was not ready in {START_LIMIT:.0f} s; its log ends:\n{self.log_tail()}")
            time.sleep(0.02)

    # Asking

    def request(self, site: str, method: str, path: str, body: Any = None) -> Answer:
        return request(self.ports[site], method, path, body)

    def ask(self, site: str, path: str, method: str = "GET", body: Any = None) -> Any:
        """The answer to a request that must succeed within a few tries."""
        answer: object = None
        for _ in range(20):
            try:
                status, answer = self.request(site, method, path, body)
                if status == 200:
                    return answer
            except (OSError, http.client.HTTPException) as error:
                answer = error
            time.sleep(0.25)
        raise Failed(f"{method} {path} of {site} was answered {answer!r}")

    def pages(self, site: str, path: str, name: str) -> Iterator[dict[str, Any]]:
        """All entries of a list under /manage."""
        after = ""
        while True:
            page = self.ask(site, f"/manage/{path}?limit=1000{after}")
            yield from page[name]
            if not page.get("next"):
                return
            after = f"&after={urllib.parse.quote(page['next'], safe='')}"

    def set_clock(self, ahead: int) -> bool:
        """Sets the wall clock of the services; of the next process if this one does not answer."""
        self.ahead = ahead
        try:
            return self.request("desk", "POST", "/clock", {"ahead": ahead})[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    # Looking

    def log_size(self) -> int:
        return self.log.stat().st_size

    def log_since(self, place: int) -> str:
        with self.log.open("rb") as log:
            log.seek(place)
            return log.read().decode(errors="replace")

    def log_tail(self, lines: int = 30) -> str:
        place = max(0, self.log_size() - 20_000)
        return "\n".join(self.log_since(place).splitlines()[-lines:])

    def note(self, line: str) -> None:
        """Writes a line between those of the process."""
        with self.world.open("ab", buffering=0) as world:
            world.write(f"{line}\n".encode())

    def descriptors(self) -> set[int]:
        assert self.process is not None
        return {int(name) for name in os.listdir(f"/proc/{self.process.pid}/fd")}

    def memory(self) -> int:
        """Its resident memory, in bytes."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", text)
        return int(found.group(1)) * 1024 if found else 0
