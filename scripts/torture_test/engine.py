"""The process under test."""

from __future__ import annotations

import os
import random
import select
import subprocess
import time
from pathlib import Path

from crash_test.report import Failed

# Bounds, in seconds
START_LIMIT = 60.0
STOP_LIMIT = 15.0
DRAIN_LIMIT = 110.0

# The feature flag of a compacted segment
COMPACTED = 2


class Engine:
    """The engine-torture executable, its folder, and what it says."""

    def __init__(self, binary: Path, folder: Path, segment_bytes: int, retention_bytes: int, is_short: bool) -> None:
        self.binary = binary
        self.data = folder / "data"
        self.log = folder / "engine.log"
        self.journals = folder / "journals"
        self.journals.mkdir()
        self.segment_bytes = segment_bytes
        self.retention_bytes = retention_bytes
        # A short run publishes some thousand events: full backlogs would keep all of them from being removed.
        self.backlog_percent, self.window_events = (10, 128) if is_short else (100, 2048)
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.compacted: set[str] = set()

    def start(self, journal: Path, arguments: dict[str, str | int], flags: tuple[str, ...] = ()) -> None:
        self.began = time.monotonic()
        arguments = {
            "directory": str(self.data),
            "journal": str(journal),
            "segment-bytes": self.segment_bytes,
            "checkpoint-bytes": self.segment_bytes,
            "retention-bytes": self.retention_bytes,
            "backlog-percent": self.backlog_percent,
            "window-events": self.window_events,
        } | arguments
        command = [str(self.binary), *(f"--{name}={value}" for name, value in arguments.items() if value != "")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command + list(flags),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def await_word(self, word: str, limit: float) -> float | None:
        """Waits for the line that says how long opening took, in seconds; nothing when it does not come in time."""
        assert self.process is not None and self.process.stdout is not None
        deadline = time.monotonic() + limit
        text = b""
        while not text.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                raise Failed(f"the engine ended by itself with {self.process.wait(STOP_LIMIT)}; {self.log_tail()}")
            text += piece
        said = text.decode().split()
        if said[0] != word:
            raise Failed(f"the engine said {text!r} and not {word}")
        return int(said[1]) / 1e6

    def kill(self) -> None:
        """Kills the process; it must not have ended by itself."""
        assert self.process is not None
        code = self.process.poll()
        self.end()
        if code is not None:
            raise Failed(f"the engine ended by itself with {code}; {self.log_tail()}")

    def end(self) -> int:
        """Makes sure that the process has ended, and returns its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.kill()
        status = self.process.wait(STOP_LIMIT)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        return status

    def finish(self) -> int:
        """Waits for the process to end by itself."""
        assert self.process is not None
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired as error:
            raise Failed("the engine did not end when all was drained") from error
        return self.end()

    def look_at_folder(self) -> None:
        """Notes which segments say in their headers that they were compacted."""
        for path in self.segments():
            try:
                with path.open("rb") as segment:
                    header = segment.read(16)
            except FileNotFoundError:
                continue
            if int.from_bytes(header[12:16], "little") & COMPACTED:
                self.compacted.add(path.name)

    @property
    def has_reclaimed(self) -> bool:
        """Whether segments were removed, and others seen compacted."""
        return bool(self.compacted) and int(self.segments()[0].stem) > 1

    def segments(self) -> list[Path]:
        return sorted(path for path in self.data.iterdir() if path.name.split(".")[-1] == "log")

    def sabotage(self, rng: random.Random) -> None:
        """Wipes out the end of the log, as no disk should. For those who want to see the checks fail."""
        path = max(self.segments(), key=lambda path: (path.stat().st_mtime_ns, path.name))
        content = path.read_bytes()
        end = len(content.rstrip(b"\0"))
        wiped = min(end - 4096, rng.randint(10_000, 200_000))
        with path.open("r+b") as file:
            file.seek(end - wiped)
            file.write(bytes(wiped))

    def log_tail(self, lines: int = 20) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "its log ends:\n" + "\n".join(text.splitlines()[-lines:])
