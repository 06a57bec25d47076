"""What a test says, and how it gives up."""

from __future__ import annotations

NAME = "crash-test"  # what its lines begin with


class Failed(Exception):
    """The test cannot go on, or something that must hold does not."""


def say(text: str) -> None:
    print(f"{NAME}: {text}", flush=True)


def first(things: list[str], count: int = 5) -> str:
    rest = f"; and {len(things) - count:,} more" if len(things) > count else ""
    return "; ".join(things[:count]) + rest
