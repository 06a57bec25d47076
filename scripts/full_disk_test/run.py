"""The disk is full again and again, at first while processes are killed, then under one that lives on."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from crash_test.report import Failed, say
from full_disk_test.engine import SmallDiskEngine
from torture_test.engine import START_LIMIT
from torture_test.history import CORE
from torture_test.torture import Torture

RECOVERY = "recovery"
BY_ITSELF = "by itself"
OPENING = "opening"

RECOVERY_LIMIT = 30.0  # seconds in which all must go on once there is room
REFUSAL_LIMIT = 10.0  # seconds in which a publisher must have met the full disk
SILENCE = 4.0  # seconds without publishers, in which the bus must find room; it looks once a second
OPENING_LIMIT = 10.0  # seconds that an opening on a full disk may take
TICK = 0.01
KILLING = 1 / 6  # of the time
SAMPLE = 0.5
# How the room is taken, and how often
KINDS = {"whole": 10, "partly": 4, "flicker": 4, "silent": 0.5, "long": 0.4}


@dataclass
class Seen:
    """What was done to the disk, and what came of it."""

    counts: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)  # how long each took, in seconds
    memory: list[tuple[float, int]] = field(default_factory=list)  # of the process that lives on: age and bytes


class FullDisk(Torture):
    engine: SmallDiskEngine
    has_room = False

    def __init__(self, options: argparse.Namespace, engine: SmallDiskEngine) -> None:
        super().__init__(options, engine)
        self.disk = engine.disk
        self.seen = Seen()
        self.is_greedy = False  # whether all room is taken that others give back
        self.lives_on = False  # whether the process is the last one
        self.last_sample = 0.0
        self.runs = 0

    @property
    def where(self) -> str:
        return f"run {self.runs}"

    def fill_again_and_again(self) -> None:
        began = time.monotonic()
        killing_ends = began + self.options.seconds * KILLING
        self.open_empty_folder()
        while time.monotonic() < killing_ends and self.is_well:
            self.go_through("whole", is_killed=self.rng.random() < 0.6)
        if self.is_well:
            self.kill()
            self.open_with_room()
            self.lives_on = True
            self.go_through("silent")
        ends, said = began + self.options.seconds, time.monotonic()
        while time.monotonic() < ends and self.is_well:
            self.go_through(self.rng.choices(list(KINDS), list(KINDS.values()))[0])
            if time.monotonic() > said + self.options.seconds / 10:
                said = time.monotonic()
                self.tell(said - began)
        self.end_run()

    @property
    def is_well(self) -> bool:
        return not self.history.violations.any

    def tell(self, after: float) -> None:
        counts, tail = self.seen.counts, self.engine.tail
        say(
            f"{after:.0f} s: taken {counts['taken']} times, {counts['refusals'] + tail.counts['N']:,} publishes refused; "
            f"{self.engine.memory() / 2**20:.1f} MiB"
        )

    # What happens once

    def go_through(self, kind: str, is_killed: bool = False) -> None:
        """Takes the room and gives it back, and sees that all goes on."""
        rng, tail = self.rng, self.engine.tail
        refused = tail.counts["N"]
        self.seen.counts[kind] += 1
        self.seen.counts["taken"] += 1
        if kind == "flicker":
            self.flicker()
        elif kind == "partly":
            self.disk.take(leaving=rng.randint(0, 4 * self.engine.segment_bytes))
            self.watch(rng.uniform(0.2, 1.2))
        else:
            self.is_greedy = True
            self.watch(rng.uniform(5.5, 8) if kind == "long" else rng.uniform(0.2, 1.6))
        if kind == "silent":
            self.rest_in_silence()
        if is_killed:
            self.kill_while_full()
        self.is_greedy = False
        self.seen.counts["felt"] += tail.counts["N"] > refused or is_killed
        self.give_back()
        if self.is_well:
            self.await_recovery()
            self.watch(rng.uniform(0, 0.6))

    def flicker(self) -> None:
        for _ in range(self.rng.randint(3, 8)):
            self.disk.take()
            self.watch(self.rng.uniform(0.01, 0.12))
            self.disk.give_back(self.rng.choice((0, 0.5, 0.97)))
            self.watch(self.rng.uniform(0.01, 0.12))
            self.seen.counts["taken"] += 1
        self.disk.take()
        self.watch(self.rng.uniform(0.1, 0.5))

    def give_back(self) -> None:
        """Now and then a part before the rest; in the end there is room for many files of the log."""
        rng = self.rng
        if rng.random() < 0.3:
            self.disk.give_back(keeping=rng.uniform(0.8, 1))
            self.watch(rng.uniform(0, 0.5))
        self.disk.give_back(keeping=rng.choice((0, 0, rng.uniform(0.1, 0.8))))
        self.engine.look_at_folder()

    def rest_in_silence(self) -> None:
        """Gives back the room while nobody publishes or asks: then the first that is published is accepted."""
        tail = self.engine.tail
        if not self.watch(REFUSAL_LIMIT, until=lambda: tail.is_refused):
            raise Failed(f"no publisher met the full disk in {REFUSAL_LIMIT:.0f} s")
        self.engine.hold.touch()
        self.watch(0.5)
        self.is_greedy = False
        self.disk.give_back()
        self.watch(SILENCE)
        tail.mark()
        self.engine.hold.unlink()
        self.watch(RECOVERY_LIMIT, until=lambda: len(tail.first_answers) == self.options.publishers)
        refused = [number for number, kind in tail.first_answers.items() if kind == "N"]
        if refused or len(tail.first_answers) < self.options.publishers:
            self.add(BY_ITSELF, f"first answers after {SILENCE:.0f} s with room: {tail.first_answers}")
        self.seen.counts["recovered in silence"] += 1

    def await_recovery(self) -> None:
        """Every publisher is answered, the group that leaves nothing waiting takes again, the health is well."""
        tail, began = self.engine.tail, time.monotonic()
        tail.mark()

        def goes_on() -> bool:
            is_served = len(tail.answered) == self.options.publishers and "fast" in tail.consuming
            return is_served and tail.has_asked and tail.is_connected and not tail.is_refused

        if self.watch(RECOVERY_LIMIT, until=goes_on):
            self.seen.recoveries.append(time.monotonic() - began)
            return
        wrong = [f"only publishers {sorted(tail.answered)} were answered"]
        wrong += [] if "fast" in tail.consuming else ["nothing was taken"]
        wrong += [] if tail.has_asked and tail.is_connected else ["the health is not well"]
        self.add(RECOVERY, f"{RECOVERY_LIMIT:.0f} s with {self.disk.free:,} bytes free: {', '.join(wrong)}")

    # Processes

    def kill_while_full(self) -> None:
        """Kills the process and opens the folder, up to three times, all while the disk is full."""
        rng, engine = self.rng, self.engine
        if not self.watch(REFUSAL_LIMIT, until=lambda: engine.tail.is_refused):
            raise Failed(f"no publisher met the full disk in {REFUSAL_LIMIT:.0f} s")
        self.watch(rng.uniform(0, 1))
        self.kill()
        for _ in range(rng.choice((1, 1, 2, 3))):
            self.disk.take()
            self.start()
            if self.rng.random() < 0.15:
                self.watch(rng.uniform(0, 0.1))
                self.early_kills += engine.word() is None
            elif self.await_opening():
                self.watch(rng.uniform(0, 1.5))
            self.kill()
        if rng.random() < 0.5:
            # One more, which has been open before there is room.
            self.start()
            self.await_opening()
            if engine.word() != "full":
                return
            self.end_run()
        self.is_greedy = False
        self.disk.give_back()
        self.open_with_room()

    def open_empty_folder(self) -> None:
        """A disk that is full from the beginning."""
        self.disk.take()
        self.start()
        if self.await_opening():
            self.kill()
        else:
            self.end_run()
        self.disk.give_back()
        self.open_with_room()

    def await_opening(self) -> bool:
        """Waits for a folder to be opened on a full disk. Returns whether it was; the alternative is a clear error."""
        engine = self.engine
        if not self.watch(OPENING_LIMIT, until=lambda: engine.word() is not None):
            self.add(OPENING, f"no word of it in {OPENING_LIMIT:.0f} s on a full disk")
        word = engine.word()
        self.seen.counts["openings while full"] += word is not None
        self.seen.counts["openings that were refused"] += word == "full"
        return word == "ready"

    def start(self) -> None:
        self.runs += 1
        self.engine.open(self.engine.journals / f"{self.runs:05}", self.arguments(self.runs))

    def arguments(self, number: int) -> dict[str, str | int]:
        """Groups that could not be joined for want of room are joined later, so that nobody waits for them."""
        arguments = super().arguments(number)
        waiting = [
            name for name in self.history.consuming if name not in CORE and not self.history.group(name).is_joined
        ]
        groups = [name for name in self.history.consuming if name not in waiting]
        joins = [f"{name}:0" for name in waiting] + [join for join in str(arguments["joins"]).split(",") if join]
        return arguments | {"groups": ",".join(groups), "joins": ",".join(joins)}

    def open_with_room(self) -> None:
        """Opens the folder when there is room, which must succeed."""
        self.start()
        if not self.watch(START_LIMIT, until=lambda: self.engine.word() is not None):
            raise Failed(f"the engine was not ready in {START_LIMIT:.0f} s; {self.engine.log_tail()}")
        if self.engine.word() != "ready":
            self.add(OPENING, f"the folder was not opened with {self.disk.free:,} bytes free")

    def kill(self) -> None:
        """Kills the process, if it has not found the disk full on opening, and reads its journal."""
        is_refused, has_opened = self.engine.tail.is_refused, self.engine.word() == "ready"
        self.engine.check_alive()
        self.seen.counts["kills while full"] += is_refused and has_opened
        self.kills += 1
        self.end_run()

    def end_run(self) -> None:
        engine = self.engine
        if engine.process is None:
            return
        engine.check_alive()
        engine.end()
        engine.tail.read()
        self.seen.counts["refusals"] += engine.tail.counts["N"]
        self.seen.counts["refused takes"] += engine.tail.counts["n"]
        self.history.read(engine.tail.path, self.where)

    # Time

    def watch(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Lets time pass, all the while as greedy as it is to be. Returns whether what it waits for came."""
        deadline = time.monotonic() + seconds
        while True:
            if self.is_greedy:
                self.disk.take()
            if self.engine.process is not None:
                self.engine.check_alive()
                self.engine.tail.read()
                self.sample()
            if until is not None and until():
                return True
            if time.monotonic() >= deadline:
                return until is None
            time.sleep(TICK)

    def sample(self) -> None:
        now = time.monotonic()
        if self.lives_on and now > self.last_sample + SAMPLE:
            self.last_sample = now
            self.seen.memory.append((now - self.engine.began, self.engine.memory()))

    def add(self, statement: str, what: str) -> None:
        self.history.violations.where = f"{self.where}, after {self.seen.counts['taken']} times"
        self.history.violations.add(statement, what)
