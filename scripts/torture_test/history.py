"""Reads the journals of all runs in order, and holds each line against those before it.

A line is a letter and what it tells:

    S publisher first count     a request is about to be published: so many events from that number on
    P publisher first s s* ...  it was answered: the sequence of each event, with a star where it was a duplicate
    N publisher first text      it was refused for want of room, and is tried again
    n group member text         a take was refused for want of room, or a join or removal when there is no member
    O text                      the folder was not opened for want of room
    C text, c                   the health says that the bus is not connected, that it is
    J group, j group            a group is about to be joined, was joined
    R group, r group            a group is about to be removed, was removed
    T group member s:p:n:a ...  a member took events: sequence, publisher, number and attempt of each
    A group member s ... / s ...  it is about to acknowledge the first ones and to release the others
    D group member s ...        it did; these receipts were refused
    W group s id                an event came that is not as it was sent
    G group p a w o balanced    a ledger: published, acknowledged, pending, in flight; without numbers: no such group
    H text, F text              an alarm; the process gave up
    E group pending inflight    what is left at the end
    Z                           all was drained
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crash_test.report import Failed
from torture_test.groups import Group
from torture_test.publishing import PUBLISHED, Publishing
from torture_test.violations import Violations

GROUPS = "groups"
HISTORY = "history"
LEDGERS = "ledgers"
LEFT = "left"
ALARMS = "alarms"
DELIVERED = "delivered"
LATEST = "latest"
REFUSALS = "refusals"
NOTHING_NEW = "nothing new"

# How a refusal for want of room begins, behind its code if it has one
NO_ROOM = ("unavailable There is no room on", "overloaded ", "There is no room on", "the disk is full")

CORE = ("fast", "slow", "content")


@dataclass
class Ledger:
    published: int
    acknowledged: int
    pending: int
    in_flight: int
    is_balanced: bool


@dataclass
class Run:
    """What a journal says of itself."""

    lines: int = 0
    deliveries: int = 0
    ledgers: list[dict[str, Ledger]] = field(default_factory=list)
    is_drained: bool = False


class History:
    def __init__(self, publishers: int, has_room: bool = True) -> None:
        """Where there may be no room, takes may be in no record: then they are no attempts for the next process, and what was
        acknowledged before them need not be in the log."""
        self.has_room = has_room
        self.violations = Violations()
        self.publishing = Publishing(publishers, self.violations)
        self.groups: dict[str, Group] = {}
        self.ledgers_seen = self.depths_seen = 0

    @property
    def alive(self) -> list[Group]:
        return [group for group in self.groups.values() if group.is_alive]

    @property
    def consuming(self) -> list[str]:
        return list(dict.fromkeys([*CORE, *(group.name for group in self.alive)]))

    @property
    def unfinished_removals(self) -> list[str]:
        return [name for name, group in self.groups.items() if group.removal_began and not group.removed]

    def group(self, name: str) -> Group:
        if name not in self.groups:
            self.groups[name] = Group(name, self.publishing, self.violations, self.has_room)
        return self.groups[name]

    def read(self, path: Path, where: str) -> Run:
        """Goes on by the journal of one process."""
        self.violations.where = where
        self.publishing.begin_run()
        for group in self.groups.values():
            group.begin_run()
        self.marks: dict[int, dict[str, int]] = {}
        run = Run()
        path.touch()
        with path.open() as journal:
            for line in journal:
                if not line.endswith("\n"):
                    break  # it was killed while it wrote
                run.lines += 1
                try:
                    self.follow(line.split(), line, run)
                except (ValueError, IndexError) as error:
                    raise Failed(f"{path}:{run.lines}: {error!r}: {line[:200]!r}") from error
        for group in self.groups.values():
            group.end_run()
        return run

    def follow(self, words: list[str], line: str, run: Run) -> None:
        kind = words[0]
        if kind == "T":
            run.deliveries += len(words) - 3
            self.group(words[1]).take(int(words[2]), words[3:])
        elif kind == "A":
            slash = words.index("/")
            acknowledged, released = words[3:slash], words[slash + 1 :]
            self.group(words[1]).begin_settling(int(words[2]), list(map(int, acknowledged)), list(map(int, released)))
        elif kind == "D":
            self.group(words[1]).end_settling(int(words[2]), list(map(int, words[3:])))
        elif kind == "S":
            publisher = int(words[1])
            self.publishing.send(publisher, int(words[2]), int(words[3]))
            self.marks[publisher] = {group.name: len(group.done) for group in self.groups.values()}
        elif kind == "P":
            publisher = int(words[1])
            self.publishing.answer(publisher, int(words[2]), words[3:])
            for name, mark in self.marks.get(publisher, {}).items():
                self.groups[name].certain = max(self.groups[name].certain, mark)
        elif kind in "NnOCc":
            self.follow_refusal(kind, words, line)
        elif kind in "JjRr":
            self.follow_life(kind, self.group(words[1]))
        elif kind == "G":
            self.look_at_ledger(words[1], words[2:], run)
        elif kind == "E":
            self.depths_seen += 1
            if words[2:] != ["0", "0"]:
                self.violations.add(LEFT, f"{words[1]} has {words[2]} pending and {words[3]} out")
        elif kind == "W":
            self.violations.add(PUBLISHED, f"not as it was sent: {line.strip()}")
        elif kind in "HF":
            self.violations.add(ALARMS, line[2:].strip())
        elif kind == "Z":
            run.is_drained = True
        else:
            raise ValueError(f"an unknown line {kind}")

    def follow_refusal(self, kind: str, words: list[str], line: str) -> None:
        if kind == "N":
            self.publishing.refuse(int(words[1]), int(words[2]))
        behind = {"N": 3, "n": 3, "O": 1, "C": 1}.get(kind)
        if behind is not None and not " ".join(words[behind:]).startswith(NO_ROOM):
            self.violations.add(REFUSALS, line.strip())

    def follow_life(self, kind: str, group: Group) -> None:
        if kind == "J":
            group.begin_join()
        elif kind == "j":
            group.end_join()
        elif kind == "R":
            group.removal_began = True
        else:
            group.removed = True

    def look_at_ledger(self, name: str, numbers: list[str], run: Run) -> None:
        group = self.group(name)
        if not numbers:
            if group.is_joined and not group.removal_began:
                self.violations.add(GROUPS, f"{name} was joined and is not there")
            return
        if group.removed:
            self.violations.add(GROUPS, f"{name} was removed and is there")
        ledger = Ledger(*map(int, numbers[:4]), is_balanced=numbers[4] == "balanced")
        if not run.ledgers or name in run.ledgers[-1]:
            run.ledgers.append({})
        run.ledgers[-1][name] = ledger
        self.ledgers_seen += 1
        wrong = []
        if not ledger.is_balanced or ledger.published != ledger.acknowledged + ledger.pending + ledger.in_flight:
            wrong.append("it is not balanced")
        if ledger.in_flight:
            wrong.append("something is out that nobody took")
        if not group.durable <= ledger.acknowledged <= group.intended:
            wrong.append(f"{group.durable} to {group.intended} were acknowledged")
        least, most = self.published_to(group)
        if not least <= ledger.published <= most:
            wrong.append(f"{least} to {most} were published to it")
        for what in wrong:
            self.violations.add(LEDGERS, f"{name}: {' '.join(numbers)}: {what}")

    def published_to(self, group: Group) -> tuple[int, int]:
        """How many events a group has got at least and at most."""
        publishers = self.publishing.publishers
        if group.name not in CORE:
            return group.delivered, sum(one.sent for one in publishers)
        if group.wants_content:
            return sum(one.content_acknowledged for one in publishers), sum(one.content_sent for one in publishers)
        return sum(one.acknowledged for one in publishers), sum(one.sent for one in publishers)
