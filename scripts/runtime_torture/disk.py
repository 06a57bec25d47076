"""Disks that are full and descriptors that are used up, as a library tells that is loaded into the process."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

from crash_test.command import ROOT
from crash_test.report import Failed

SITES = ("desk", "ledger", "post", "warehouse")
PAGE = 4096
REFUSED, EXHAUSTED = 8, 72  # where the counts stand


def compiled() -> Path:
    """The library, made of its source if that is newer."""
    source = Path(__file__).with_name("faults.c")
    library = ROOT / ".build" / "runtime-torture-faults.so"
    if library.is_file() and library.stat().st_mtime > source.stat().st_mtime:
        return library
    compiler = next((path for name in ("cc", "clang", "gcc") if (path := shutil.which(name))), None)
    if compiler is None:
        raise Failed("there is no C compiler: cc, clang or gcc")
    library.parent.mkdir(exist_ok=True)
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", str(library), str(source), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Failed(f"{source.name} could not be compiled:\n{made.stderr}")
    return library


class Disk:
    """The page that the library shares with this process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "faults"
        self.path.write_bytes(bytes(PAGE))
        self.library = compiled()
        with self.path.open("r+b") as file:
            self.page = mmap.mmap(file.fileno(), PAGE)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "TORTURE_FAULTS": str(self.path), "TORTURE_SITES": ",".join(SITES)}

    def fill(self, site: str, is_full: bool) -> None:
        bit = 1 << SITES.index(site)
        (full,) = struct.unpack_from("<I", self.page, 0)
        struct.pack_into("<I", self.page, 0, full | bit if is_full else full & ~bit)

    def refused(self, site: str) -> int:
        """How many writes found no room."""
        return int(struct.unpack_from("<Q", self.page, REFUSED + 8 * SITES.index(site))[0])

    def use_up_descriptors(self, are_used_up: bool) -> None:
        struct.pack_into("<I", self.page, 4, are_used_up)

    @property
    def exhausted(self) -> int:
        """How many calls got no descriptor."""
        return int(struct.unpack_from("<Q", self.page, EXHAUSTED)[0])
