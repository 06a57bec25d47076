"""Reads what the processes wrote down of the outside.

A line is a letter and what it tells:

    R run fleet                    a process began
    A place number trouble count   an item is about to make trouble, for the so-manieth time
    S number answer key            the outside was called under an idempotency key, and answered
    G number                       an effect that hung was cancelled
    C seconds                      the wall clock was read, and had been set forward, or back
    H kind site, h kind site       the script began to hold a lock or the like, and ended
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Call:
    answer: str
    key: str
    place: int  # the number of its line


@dataclass
class World:
    """What was written, by kind."""

    calls: dict[int, list[Call]] = field(default_factory=dict)  # by number of the item
    attempts: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)  # by place and trouble
    jumps: list[int] = field(default_factory=list)
    cancelled: int = 0
    runs: list[tuple[int, str]] = field(default_factory=list)  # each process and its fleet
    disturbances: list[int] = field(default_factory=list)  # the lines at which a call may be parted from its record

    @classmethod
    def read(cls, path: Path) -> World:
        world = cls()
        held = 0
        for place, line in enumerate(path.read_text().splitlines()):
            kind, *words = line.split()
            held += kind == "H"
            held -= kind == "h"
            if held:
                # An answer that cannot be recorded is asked for again.
                world.disturbances.append(place)
            match kind:
                case "R":
                    world.runs.append((int(words[0]), words[1]))
                    world.disturbances.append(place)
                case "A":
                    world.attempts.setdefault((words[0], words[2]), []).append((int(words[1]), int(words[3])))
                case "S":
                    world.calls.setdefault(int(words[0]), []).append(Call(words[1], words[2], place))
                case "G":
                    world.cancelled += 1
                    world.disturbances.append(place)
                case "C":
                    world.jumps.append(int(words[0]))
                    world.disturbances.append(place)
                case _:
                    world.disturbances.append(place)
        return world

    def tried(self, place: str, trouble: str, times: int) -> list[int]:
        """The items that made a trouble, each as often as it did; they try it once more before they are well."""
        return [number for number, count in self.attempts.get((place, trouble), []) if count <= times]
