"""What the two scripts that run the runtime-torture executable share: its options, and how it is run."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

from crash_test.checks import Checks
from crash_test.command import at_least, conduct_on
from runtime_torture.process import Process


def add_options(parser: argparse.ArgumentParser, rate: int) -> None:
    parser.add_argument("--rate", type=at_least(1), default=rate, help=f"items sent in a second, about ({rate})")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="repeats a run")
    parser.add_argument("--binary", type=Path, help="the runtime-torture executable (the newest under .build)")


def conduct(name: str, options: argparse.Namespace, settings: dict[str, str], run: Callable[[Process], Checks]) -> int:
    """Runs a test on the runtime-torture executable."""
    title = f"{options.seconds:.0f} s, {options.rate} items a second"
    return conduct_on(
        lambda binary, folder: Process(binary, folder, settings), Process.kill, name, "runtime-torture", title, options, run
    )
