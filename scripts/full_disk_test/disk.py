"""A small file system in a file, and the file on it that takes its room."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from crash_test.report import Failed

BLOCK = 4096
UNMOUNT_LIMIT = 15.0  # seconds
# No room is set aside for the administrator, who runs this test, and none is taken behind the scenes.
MAKE = "mkfs.ext4 -q -F -b 4096 -m 0 -J size=4 -E lazy_itable_init=0,lazy_journal_init=0"


class SmallDisk:
    def __init__(self, folder: Path, mebibytes: int) -> None:
        """Makes the file system and mounts it; nothing is left of it where that fails."""
        self.image, self.path = folder / "image", folder / "disk"
        self.filler: int | None = None
        self.path.mkdir()
        try:
            with self.image.open("wb") as image:
                os.posix_fallocate(image.fileno(), 0, mebibytes << 20)
            command(*MAKE.split(), str(self.image))
            command("mount", "-t", "ext4", "-o", "loop,noatime", str(self.image), str(self.path))
            self.filler = os.open(self.path / "filler", os.O_RDWR | os.O_CREAT)
        except BaseException:
            self.remove()
            raise

    @property
    def free(self) -> int:
        """How many bytes others may still take."""
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_frsize

    @property
    def taken(self) -> int:
        assert self.filler is not None
        return os.fstat(self.filler).st_size

    def take(self, leaving: int = 0) -> None:
        """Takes what room there is, down to the last block or but for some bytes."""
        assert self.filler is not None
        while (share := (self.free - leaving) // BLOCK * BLOCK) > 0:
            # Others take room as well, so that the rest may be in smaller pieces than it looks.
            while share > 0:
                try:
                    os.posix_fallocate(self.filler, self.taken, share)
                    break
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    share = share // 2 // BLOCK * BLOCK
            if share == 0:
                return

    def give_back(self, keeping: float = 0) -> None:
        """Gives back all that was taken, or keeps a share of it."""
        assert self.filler is not None
        os.ftruncate(self.filler, int(self.taken * keeping) // BLOCK * BLOCK)

    def remove(self) -> None:
        """Unmounts the file system and removes its file. Does no harm where there is none."""
        if self.filler is not None:
            os.close(self.filler)
            self.filler = None
        deadline = time.monotonic() + UNMOUNT_LIMIT
        while os.path.ismount(self.path):
            is_late = time.monotonic() > deadline
            options = ["--lazy"] if is_late else []
            ended = subprocess.run(["umount", *options, str(self.path)], capture_output=True, text=True, check=False)
            if is_late and ended.returncode != 0:
                raise Failed(f"{self.path} could not be unmounted: {ended.stderr.strip()}")
            if ended.returncode != 0:
                time.sleep(0.2)
        self.image.unlink(missing_ok=True)
        if self.path.exists():
            self.path.rmdir()


def command(*words: str) -> None:
    try:
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Failed(f"there is no {words[0]}; install the packages e2fsprogs and mount") from error
    if ended.returncode != 0:
        raise Failed(f"{words[0]} failed with {ended.returncode}: {ended.stderr.strip()}")


def what_is_missing() -> str | None:
    """Why no small file system can be mounted here, and what is needed; nothing when one can."""
    if not hasattr(os, "geteuid") or os.uname().sysname != "Linux":
        return "this test needs Linux, which mounts a file as a file system"
    if os.geteuid() != 0:
        return "this test mounts a small file system, which only root may: run it as root"
    folder = Path(tempfile.mkdtemp(prefix="tidings-full-disk-probe-"))
    try:
        SmallDisk(folder, mebibytes=16).remove()
    except Failed as failure:
        return (
            f"no small file system can be mounted here ({failure}): this test needs root, mkfs.ext4 and a kernel with loop "
            "devices and ext4; a container needs CAP_SYS_ADMIN and /dev/loop*"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None
