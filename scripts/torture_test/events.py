"""What follows from an event's publisher and number, reckoned as Benchmarks/Torture/CountedEvent.swift does."""

from __future__ import annotations


def mixed(publisher: int, number: int) -> int:
    return (number * 2_654_435_761 + publisher * 40_503) & 0xFFFFFFFF


def key_of(publisher: int, number: int) -> int:
    """The ordering key: sixteen for each publisher."""
    return publisher << 4 | (mixed(publisher, number) >> 8) % 16


def has_content(publisher: int, number: int) -> bool:
    """Whether groups on a content pattern want it."""
    return (mixed(publisher, number) >> 12) % 1000 < 125
