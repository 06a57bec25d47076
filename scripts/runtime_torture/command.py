"""What the two scripts that run the runtime-torture executable share: its options, its folder, and the verdict."""

from __future__ import annotations

import argparse
import http.client
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from crash_test import report
from crash_test.checks import Checks
from crash_test.command import ROOT, at_least
from crash_test.report import Failed, say
from runtime_torture.process import Process


def add_options(parser: argparse.ArgumentParser, rate: int) -> None:
    parser.add_argument("--rate", type=at_least(1), default=rate, help=f"items sent in a second, about ({rate})")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="repeats a run")
    parser.add_argument("--binary", type=Path, help="the runtime-torture executable (the newest under .build)")


def newest_binary() -> Path:
    built = [path for name in ("release", "debug") if (path := ROOT / ".build" / name / "runtime-torture").is_file()]
    if not built:
        raise Failed("there is no runtime-torture under .build; build one: swift build --product runtime-torture")
    return max(built, key=lambda path: path.stat().st_mtime)


def conduct(name: str, options: argparse.Namespace, settings: dict[str, str], run: Callable[[Process], Checks]) -> int:
    """Runs a test on a process of its own, says what came of it, and returns the exit status."""
    report.NAME = name
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix=f"tidings-{name}-"))
    title = f"{options.seconds:.0f} s"
    process: Process | None = None
    verdict = "it did not come to its end"
    held = False
    try:
        binary = (options.binary or newest_binary()).resolve()
        if not os.access(binary, os.X_OK):
            raise Failed(f"{binary} is not an executable")
        process = Process(binary, folder, settings)
        say(f"{title}, {options.rate} items a second, seed {options.seed}, {binary}")
        checks = run(process)
        checks.show()
        held = not checks.failed
        count = len(checks.results)
        verdict = f"all {count} checks hold" if held else f"{len(checks.failed)} of {count} checks failed"
    except Failed as failure:
        say(f"FAIL  {failure}")
    except (KeyError, TypeError, ValueError, http.client.HTTPException, OSError, sqlite3.Error) as error:
        say(f"FAIL  something was not as expected: {error!r}")
        traceback.print_exc()
    except KeyboardInterrupt:
        verdict = "interrupted"
    finally:
        if process is not None:
            process.kill()
        if held or process is None:
            shutil.rmtree(folder, ignore_errors=True)
    kept = f"; data, journal and log are kept in {folder}" if folder.exists() else ""
    say(f"{title}: {verdict} (seed {options.seed}){kept}")
    return 0 if held else 1
