"""What the tests that run the orders executable share as commands: its options, its folder, and the verdict."""

from __future__ import annotations

import argparse
import http.client
import os
import random
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from crash_test import report
from crash_test.checks import Checks
from crash_test.report import Failed, say
from crash_test.server import STOP_LIMIT, Server

ROOT = Path(__file__).resolve().parent.parent.parent


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


def newest_binary() -> Path:
    built = [path for name in ("release", "debug") if (path := ROOT / ".build" / name / "orders").is_file()]
    if not built:
        raise Failed("there is no orders executable under .build; build one: swift build --product orders")
    return max(built, key=lambda path: path.stat().st_mtime)


def check_stop(checks: Checks, server: Server) -> None:
    """Ends the process in good order."""
    server.check_alive()
    status = server.stop()
    reason = f"it had to be killed after {STOP_LIMIT:.0f} s" if status is None else f"it ended with {status}"
    checks.add("the process ends with 0 on SIGTERM", [] if status == 0 else [reason])


def conduct(
    name: str, title: str, options: argparse.Namespace, run: Callable[[argparse.Namespace, Server], Checks]
) -> int:
    """Runs a test on a server of its own, says what came of it, and returns the exit status."""
    report.NAME = name
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix=f"tidings-{name}-"))
    server: Server | None = None
    verdict = "it did not come to its end"
    held = False
    try:
        binary = (options.binary or newest_binary()).resolve()
        if not os.access(binary, os.X_OK):
            raise Failed(f"{binary} is not an executable")
        server = Server(binary, folder)
        say(f"{title}, {options.clients} clients, seed {options.seed}, {binary}")
        checks = run(options, server)
        checks.show()
        held = not checks.failed
        count = len(checks.results)
        verdict = f"all {count} checks hold" if held else f"{len(checks.failed)} of {count} checks failed"
    except Failed as failure:
        say(f"FAIL  {failure}")
    except (KeyError, TypeError, ArithmeticError, http.client.HTTPException, OSError, sqlite3.Error) as error:
        say(f"FAIL  an answer was not as expected: {error!r}")
    except KeyboardInterrupt:
        verdict = "interrupted"
    finally:
        if server is not None:
            server.kill()
        if held or server is None:
            shutil.rmtree(folder, ignore_errors=True)
    kept = f"; data and server log are kept in {folder}" if folder.exists() else ""
    say(f"{title}: {verdict} (seed {options.seed}){kept}")
    return 0 if held else 1
