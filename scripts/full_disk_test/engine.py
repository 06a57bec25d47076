"""The process under test, whose folder is on a small disk."""

from __future__ import annotations

import argparse
import os
import re
import select
import shutil
from collections import Counter
from pathlib import Path

from crash_test.report import Failed
from full_disk_test.disk import SmallDisk
from torture_test.engine import Engine


class JournalTail:
    """What a journal says while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = 0
        self.rest = b""
        self.counts: Counter[str] = Counter()  # of lines, by their letters
        self.is_refused = False  # whether the last answer to a publisher was that there is no room
        self.is_connected = True  # as the health said last
        self.mark()

    def mark(self) -> None:
        """From here on is counted who gets on."""
        self.first_answers: dict[str, str] = {}  # by publisher: the letter of what it was answered first
        self.answered: set[str] = set()  # publishers whose events were acknowledged
        self.consuming: set[str] = set()  # groups that took something
        self.has_asked = False  # whether the health was asked

    def read(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as journal:
            journal.seek(self.place)
            text = self.rest + journal.read()
            self.place = journal.tell()
        *lines, self.rest = text.split(b"\n")
        for line in lines:
            self.follow(line[:60].decode(errors="replace").split(" "))

    def follow(self, words: list[str]) -> None:
        kind = words[0]
        self.counts[kind] += 1
        if kind in ("P", "N"):
            self.is_refused = kind == "N"
            self.first_answers.setdefault(words[1], kind)
            if kind == "P":
                self.answered.add(words[1])
        elif kind in ("C", "c"):
            self.is_connected = kind == "c"
            self.has_asked = True
        elif kind == "T":
            self.consuming.add(words[1])


class SmallDiskEngine(Engine):
    def __init__(self, binary: Path, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(binary, folder, options.segment_bytes, options.retention_bytes, is_short=True)
        self.folder = folder
        self.hold = folder / "hold"
        self.lifetime = int(options.seconds) + 120
        self.tail = JournalTail(folder)
        self.said = b""
        self.is_well = False
        self.disk = SmallDisk(folder, options.disk)
        self.data = self.disk.path / "bus"

    def open(self, journal: Path, arguments: dict[str, str | int]) -> None:
        """Starts a process that waits while the disk is full."""
        self.tail = JournalTail(journal)
        self.said = b""
        more: dict[str, str | int] = {"hold": str(self.hold), "lifetime": self.lifetime}
        self.start(journal, arguments | more, flags=("--patient",))

    def word(self) -> str | None:
        """What it has said of its opening, if anything: that it is ready, or that the disk is full."""
        assert self.process is not None and self.process.stdout is not None
        if not self.said.endswith(b"\n") and select.select([self.process.stdout], [], [], 0)[0]:
            self.said += os.read(self.process.stdout.fileno(), 4096)
        return self.said.decode().split()[0] if self.said.endswith(b"\n") else None

    def check_alive(self) -> None:
        assert self.process is not None
        code = self.process.poll()
        # One that has found the disk full on opening ends well, and says so.
        if code is not None and self.word() != "full":
            raise Failed(f"the engine ended by itself with {code}; {self.log_tail()}")

    def memory(self) -> int:
        """Its resident memory, in bytes; 0 when it has ended."""
        assert self.process is not None
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text()
        except FileNotFoundError:
            return 0
        found = re.search(r"VmRSS:\s+(\d+) kB", text)
        return int(found.group(1)) * 1024 if found else 0

    def close(self) -> None:
        """Ends the process and removes the disk; what is on it is kept beside it unless all was well."""
        self.end()
        try:
            if not self.is_well and self.data.exists():
                shutil.copytree(self.data, self.folder / "bus")
        finally:
            self.disk.remove()
