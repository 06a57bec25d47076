"""What one consumer group was given, and what it settled."""

from __future__ import annotations

from array import array

from torture_test.events import has_content, key_of
from torture_test.publishing import PUBLISHED, Publishing
from torture_test.violations import Violations

ORDER = "order"
SETTLED = "settled"
ATTEMPTS = "attempts"
RECEIPTS = "receipts"
PATTERNS = "patterns"

# What is known of an event in a group
INTENDED = 1  # its acknowledgement was at least begun once
DURABLE = 2  # its acknowledgement is in the log for certain
SETTLED_NOW = 4  # it was acknowledged in this run
RELEASED = 8  # it was given back since it was delivered last
DELIVERED_NOW = 16  # it was delivered in this run


class Group:
    """All of it is told in the order in which it happened.

    An acknowledgement is in the log for certain when a publish was answered that began after it, or the member that
    made it, or knows that it was made, took again: the log is written in order, and what write(2) took stays.
    """

    def __init__(self, name: str, publishing: Publishing, violations: Violations, has_room: bool = True) -> None:
        self.name = name
        self.has_room = has_room
        self.publishing = publishing
        self.violations = violations
        self.wants_content = "content" in name
        # Its life
        self.acknowledged_at_first_join: list[int] | None = None
        self.highest_at_join = 0
        self.sent_when_joined: list[int] | None = None
        self.removal_began = self.removed = False
        # Its events, by sequence
        self.attempts = array("H")
        self.flags = bytearray()
        self.delivered = self.intended = self.durable = self.deliveries = self.came_back = 0
        # Order, by key
        self.highest: dict[int, int] = {}
        self.highest_now: dict[int, int] = {}
        self.open: dict[int, set[int]] = {}
        # This run
        self.touched: list[int] = []
        self.intents: dict[int, list[int]] = {}
        self.done: list[list[int]] = []
        self.certain = 0  # how many of these are in the log
        self.marks: dict[int, int] = {}

    @property
    def is_joined(self) -> bool:
        return self.sent_when_joined is not None

    @property
    def is_alive(self) -> bool:
        return self.acknowledged_at_first_join is not None and not self.removal_began

    def wants(self, publisher: int, number: int) -> bool:
        return not self.wants_content or has_content(publisher, number)

    def begin_join(self) -> None:
        if self.acknowledged_at_first_join is None:
            self.acknowledged_at_first_join = [one.acknowledged for one in self.publishing.publishers]
        if not self.is_joined:
            self.highest_at_join = self.publishing.highest_acknowledged

    def end_join(self) -> None:
        if not self.is_joined:
            self.sent_when_joined = [one.sent for one in self.publishing.publishers]

    def begin_run(self) -> None:
        self.intents, self.done, self.certain, self.marks, self.highest_now = {}, [], 0, {}, {}

    def end_run(self) -> None:
        flags = self.flags
        for batch in self.done[: self.certain]:
            for sequence in batch:
                if not flags[sequence] & DURABLE:
                    flags[sequence] |= DURABLE
                    self.durable += 1
        for sequence in self.touched:
            flags[sequence] &= ~(SETTLED_NOW | DELIVERED_NOW)
        self.touched = []
        self.begin_run()

    def take(self, member: int, tokens: list[str]) -> None:
        if self.has_room:
            self.certain = max(self.certain, self.marks.get(member, 0))
        publishers = self.publishing.publishers
        taken: set[tuple[int, int]] = set()
        for token in tokens:
            sequence, publisher, number, attempt = map(int, token.split(":"))
            if not (0 <= publisher < len(publishers) and 0 <= number < publishers[publisher].sent):
                self.violations.add(PUBLISHED, f"{self.name} got {publisher}-{number}, which was not sent")
                continue
            self.publishing.place(publisher, number, sequence)
            if not self.wants(publisher, number):
                self.violations.add(PATTERNS, f"{self.name} got {publisher}-{number}, which it did not ask for")
            if sequence >= len(self.flags):
                more = sequence + 4096 - len(self.flags)
                self.flags.extend(bytes(more))
                self.attempts.extend([0] * more)
            self.look_at_past(sequence, attempt)
            self.look_at_order(sequence, key_of(publisher, number), number, taken)
            self.attempts[sequence] = attempt
            self.flags[sequence] = self.flags[sequence] & ~RELEASED | DELIVERED_NOW
            self.touched.append(sequence)
        self.deliveries += len(tokens)

    def look_at_past(self, sequence: int, attempt: int) -> None:
        flags, last = self.flags[sequence], self.attempts[sequence]
        if flags & (DURABLE | SETTLED_NOW):
            when = "in the log" if flags & DURABLE else "in this run"
            self.violations.add(SETTLED, f"{self.name} got {sequence} again, acknowledged {when}")
        elif flags & INTENDED:
            self.came_back += 1
        is_remembered = self.has_room or flags & DELIVERED_NOW
        if is_remembered and attempt < (last if flags & RELEASED else last + 1):
            self.violations.add(ATTEMPTS, f"{self.name} got {sequence} as attempt {attempt} after {last}")
        if not last:
            self.delivered += 1

    def look_at_order(self, sequence: int, key: int, number: int, taken: set[tuple[int, int]]) -> None:
        if not self.attempts[sequence]:
            if self.highest.get(key, -1) > number:
                self.wrong_order(sequence, key, number, f"{self.highest[key]} came first")
            self.highest[key] = number
        if not self.flags[sequence] & DELIVERED_NOW:
            if self.highest_now.get(key, -1) > number:
                self.wrong_order(sequence, key, number, f"{self.highest_now[key]} came first in this run")
            self.highest_now[key] = number
        still_open = self.open.setdefault(key, set())
        for other in still_open:
            if other < number and (key, other) not in taken:
                self.wrong_order(sequence, key, number, f"{other} was neither done nor in the same take")
        still_open.add(number)
        taken.add((key, number))

    def wrong_order(self, sequence: int, key: int, number: int, why: str) -> None:
        self.violations.add(ORDER, f"{self.name} got {number} of key {key} ({sequence}), and {why}")

    def begin_settling(self, member: int, acknowledged: list[int], released: list[int]) -> None:
        self.intents[member] = acknowledged
        for sequence in acknowledged:
            if not self.flags[sequence] & INTENDED:
                self.flags[sequence] |= INTENDED
                self.intended += 1
            event = self.publishing.event(sequence)
            if event:
                self.open[key_of(*event)].discard(event[1])
        for sequence in released:
            self.flags[sequence] |= RELEASED

    def end_settling(self, member: int, refused: list[int]) -> None:
        for sequence in refused:
            self.violations.add(RECEIPTS, f"{self.name} could not settle {sequence}")
        batch = [sequence for sequence in self.intents.pop(member, []) if sequence not in refused]
        for sequence in batch:
            self.flags[sequence] |= SETTLED_NOW
        self.done.append(batch)
        self.marks[member] = len(self.done)
