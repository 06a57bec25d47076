"""What the tests that run an executable share as commands: options, a folder, and the verdict."""

from __future__ import annotations

import argparse
import http.client
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from crash_test import report
from crash_test.checks import Checks
from crash_test.report import Failed, say
from crash_test.server import STOP_LIMIT, Server

ROOT = Path(__file__).resolve().parent.parent.parent
Target = TypeVar("Target")
# What an answer, a database or a process that is not as it should be throws.
UNEXPECTED = (
    KeyError, TypeError, ValueError, ArithmeticError, http.client.HTTPException, OSError, sqlite3.Error,
    subprocess.SubprocessError,
)  # fmt: skip


def at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if int(text) < least:
            raise ValueError(text)
        return int(text)

    return number


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clients", type=at_least(1), default=16, help="how many clients place them (16)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="repeats a run")
    parser.add_argument("--binary", type=Path, help="the orders executable (the newest under .build)")


def newest_binary(product: str) -> Path:
    built = [path for name in ("release", "debug") if (path := ROOT / ".build" / name / product).is_file()]
    if not built:
        raise Failed(f"there is no {product} under .build; build it: swift build --product {product}")
    return max(built, key=lambda path: path.stat().st_mtime)


def check_stop(checks: Checks, server: Server) -> None:
    """Ends the process in good order."""
    server.check_alive()
    status = server.stop()
    reason = f"it had to be killed after {STOP_LIMIT:.0f} s" if status is None else f"it ended with {status}"
    checks.add("the process ends with 0 on SIGTERM", [] if status == 0 else [reason])


def conduct_on(
    make: Callable[[Path, Path], Target],
    end: Callable[[Target], object],
    name: str,
    product: str,
    title: str,
    options: argparse.Namespace,
    run: Callable[[Target], Checks],
    keeps: bool = True,
) -> int:
    """Runs a test on a process of its own, says what came of it, and returns the exit status.

    `make` gets the executable and a folder, which `keeps` leaves where it is if the test fails; `end` ends the process.
    """
    report.NAME = name
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix=f"tidings-{name}-"))
    target: Target | None = None
    verdict = "it did not come to its end"
    held = False
    try:
        binary = (options.binary or newest_binary(product)).resolve()
        if not os.access(binary, os.X_OK):
            raise Failed(f"{binary} is not an executable")
        target = make(binary, folder)
        say(f"{title}, seed {options.seed}, {binary}")
        checks = run(target)
        checks.show()
        held = not checks.failed
        count = len(checks.results)
        verdict = f"all {count} checks hold" if held else f"{len(checks.failed)} of {count} checks failed"
    except Failed as failure:
        say(f"FAIL  {failure}")
    except UNEXPECTED as error:
        say(f"FAIL  something was not as expected: {error!r}")
        traceback.print_exc()
    except KeyboardInterrupt:
        verdict = "interrupted"
    finally:
        if target is not None:
            end(target)
        if held or target is None or not keeps:
            shutil.rmtree(folder, ignore_errors=True)
    kept = f"; data and logs are kept in {folder}" if folder.exists() else ""
    say(f"{title}: {verdict} (seed {options.seed}){kept}")
    return 0 if held else 1


def conduct(
    name: str, title: str, options: argparse.Namespace, run: Callable[[argparse.Namespace, Server], Checks]
) -> int:
    """Runs a test on the orders executable."""
    title = f"{title}, {options.clients} clients"
    return conduct_on(Server, Server.kill, name, "orders", title, options, lambda server: run(options, server))
