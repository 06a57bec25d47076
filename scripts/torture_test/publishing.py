"""What the publishers sent, what they were answered, and which sequence each event has."""

from __future__ import annotations

from array import array

from torture_test.events import has_content
from torture_test.violations import Violations

IDENTITY = "identity"
PUBLISHED = "published"
ATOMIC = "atomic"
SEQUENCES = "sequences"


class Publisher:
    def __init__(self, number: int) -> None:
        self.number = number
        self.acknowledged = 0  # all events before this one were
        self.sent = 0
        self.content_acknowledged = 0
        self.content_sent = 0
        self.sequences = array("Q")  # by number; 0 where not known
        self.units: list[tuple[int, int]] = []  # the ranges in which unacknowledged events were sent first
        self.sending: tuple[int, int, int] | None = None  # the request that is out, and what was sent before it
        self.known: set[int] = set()  # what of it had been published for certain when it was sent

    def has_sequence(self, number: int) -> bool:
        return number < len(self.sequences) and self.sequences[number] > 0


class Publishing:
    def __init__(self, count: int, violations: Violations) -> None:
        self.publishers = [Publisher(number) for number in range(count)]
        self.violations = violations
        self.events = array("Q", [0])  # by sequence: publisher and number, and a bit; 0 where not known
        self.highest_acknowledged = 0
        self.resent = self.recognised = self.requests = 0

    @property
    def highest(self) -> int:
        return len(self.events) - 1

    @property
    def acknowledged(self) -> int:
        return sum(one.acknowledged for one in self.publishers)

    @property
    def resume(self) -> str:
        return ",".join(f"{one.acknowledged}:{one.sent}" for one in self.publishers)

    def begin_run(self) -> None:
        for one in self.publishers:
            one.sending = None

    def event(self, sequence: int) -> tuple[int, int] | None:
        """Publisher and number of what has a sequence, if anything is known to have it."""
        code = self.events[sequence] if sequence < len(self.events) else 0
        return (code >> 40 & 0x7FFF, code & 0xFFFFFFFFFF) if code else None

    def place(self, publisher: int, number: int, sequence: int) -> None:
        """An event was seen to have a sequence, in an answer or a delivery."""
        events = self.events
        code = 1 << 60 | publisher << 40 | number
        if sequence < len(events) and events[sequence] == code:
            return
        if sequence >= len(events):
            events.extend([0] * (sequence + 1 - len(events)))
        if events[sequence]:
            other = self.event(sequence)
            self.violations.add(IDENTITY, f"sequence {sequence} is {publisher}-{number}, and was {other}")
        events[sequence] = code
        known = self.publishers[publisher].sequences
        if number >= len(known):
            known.extend([0] * (number + 1 - len(known)))
        if known[number]:
            self.violations.add(IDENTITY, f"{publisher}-{number} has sequence {sequence}, and had {known[number]}")
        known[number] = sequence

    def send(self, publisher: int, first: int, count: int) -> None:
        one = self.publishers[publisher]
        end = first + count
        one.sending = (first, end, one.sent)
        one.known = {number for number in range(first, one.sent) if one.has_sequence(number)}
        if one.acknowledged < one.sent:
            self.resent += one.sent - one.acknowledged
        if end > one.sent:
            one.units.append((one.sent, end))
            one.content_sent += sum(has_content(publisher, number) for number in range(one.sent, end))
            one.sent = end

    def refuse(self, publisher: int, first: int) -> None:
        """A request was refused for want of room. Its events may be published all the same, when there is some."""
        one = self.publishers[publisher]
        if one.sending is None or first != one.sending[0]:
            self.violations.add(SEQUENCES, f"publisher {publisher} sent {one.sending} and was refused {first}")
        one.sending = None

    def answer(self, publisher: int, first: int, places: list[str]) -> None:
        one = self.publishers[publisher]
        if one.sending is None or (first, first + len(places)) != one.sending[:2]:
            self.violations.add(SEQUENCES, f"publisher {publisher} sent {one.sending} and was answered {first}")
            return
        end, sent_before = one.sending[1:]
        one.sending = None
        self.requests += 1
        answered = []
        last_fresh = 0
        for number, text in enumerate(places, first):
            known = text.endswith("*")
            sequence = int(text[:-1] if known else text)
            answered.append(known)
            if known and number >= sent_before:
                self.violations.add(IDENTITY, f"{publisher}-{number} is a duplicate, and was not sent before")
            if not known and number in one.known:
                had = one.sequences[number]
                self.violations.add(IDENTITY, f"{publisher}-{number} was published again, as {sequence} after {had}")
            if not known:
                if last_fresh and sequence != last_fresh + 1:
                    self.violations.add(SEQUENCES, f"one request of {publisher} got {last_fresh} and then {sequence}")
                last_fresh = sequence
            self.place(publisher, number, sequence)
            if number and not one.sequences[number - 1] < sequence:
                before = one.sequences[number - 1]
                self.violations.add(SEQUENCES, f"{publisher}-{number} has {sequence}, the one before it {before}")
            self.highest_acknowledged = max(self.highest_acknowledged, sequence)
        self.recognised += sum(answered[max(0, one.acknowledged - first) :])
        for unit_first, unit_end in one.units:
            unit = answered[unit_first - first : unit_end - first]
            if len(set(unit)) > 1:
                self.violations.add(ATOMIC, f"of {publisher}-{unit_first}..<{unit_end} a part was known: {unit}")
        one.units = []
        one.content_acknowledged += sum(has_content(publisher, number) for number in range(one.acknowledged, end))
        one.acknowledged = max(one.acknowledged, end)
