"""All runs of the process, one after the other on one folder."""

from __future__ import annotations

import argparse
import random
import statistics
import time

from crash_test.report import Failed, say
from torture_test.engine import DRAIN_LIMIT, START_LIMIT, Engine
from torture_test.history import CORE, History, Run

EXTRA_GROUPS = ("earliest", "earliest-content", "earliest-content", "latest", "latest-content")
EXTRA_GROUP_LIMIT = 5
# So many kills are enough for segments to be removed and compacted on a fast machine; a slow one gets up to three times
# as many.
RECLAIMING_KILLS = 20


class Torture:
    has_room = True  # on the disk, always

    def __init__(self, options: argparse.Namespace, engine: Engine) -> None:
        self.options = options
        self.engine = engine
        self.rng = random.Random(options.seed)
        self.history = History(options.publishers, self.has_room)
        self.openings: list[float] = []  # how long each took, in seconds, as the engine says
        self.starts: list[float] = []  # how long until it was ready, as seen from here
        self.kills = self.early_kills = 0
        self.groups_made = 0

    def kill_again_and_again(self) -> None:
        began = time.monotonic()
        while self.is_to_go_on and not self.history.violations.any:
            self.run_and_kill(self.kills + 1)
            if self.kills % max(1, self.options.kills // 10) == 0:
                events, took = self.history.publishing.acknowledged, time.monotonic() - began
                say(f"kill {self.kills} of {self.options.kills} after {took:.0f} s, {events:,} events acknowledged")
        if self.history.violations.any:
            say(f"something is wrong after kill {self.kills}: there are no more")

    @property
    def is_to_go_on(self) -> bool:
        kills = self.options.kills
        if self.kills < kills:
            return True
        return kills >= RECLAIMING_KILLS and self.kills < 3 * kills and not self.engine.has_reclaimed

    def run_and_kill(self, number: int) -> None:
        """One process: started, killed, and read from its journal."""
        journal = self.engine.journals / f"{number:05}"
        self.engine.start(journal, self.arguments(number))
        if self.starts and self.rng.random() < 0.15:
            opening = self.engine.await_word("ready", self.rng.uniform(0, 1.3 * statistics.median(self.starts)))
            self.early_kills += opening is None
        else:
            opening = self.engine.await_word("ready", START_LIMIT)
            if opening is None:
                raise Failed(f"the engine was not ready in {START_LIMIT:.0f} s; {self.engine.log_tail()}")
            self.starts.append(time.monotonic() - self.engine.began)
            time.sleep(self.rng.uniform(0.03, 0.4))
        if opening is not None:
            self.openings.append(opening)
        self.engine.kill()
        self.kills += 1
        self.engine.look_at_folder()
        self.history.read(journal, f"run {number}")
        if number == self.options.sabotage:
            self.engine.sabotage(self.rng)

    def arguments(self, number: int) -> dict[str, str | int]:
        """What the process is told: where the earlier ones were stopped, and what is to be done to groups."""
        history, rng = self.history, self.rng
        joins, removals = [], []
        extra = [group.name for group in history.alive if group.name not in CORE]
        for _ in range(min(rng.choice((0, 0, 1, 2)), EXTRA_GROUP_LIMIT - len(extra))):
            self.groups_made += 1
            joins.append(f"{rng.choice(EXTRA_GROUPS)}-{self.groups_made}:{rng.randint(0, 250)}")
        if extra and rng.random() < 0.25:
            removals.append(f"{rng.choice(extra)}:{rng.randint(0, 250)}")
        removed = [group.name for group in history.groups.values() if group.removed]
        return {
            "seed": self.options.seed * 100_000 + number,
            "publishers": history.publishing.resume,
            "rest": self.options.rest,
            "groups": ",".join(history.consuming),
            "ledgers": ",".join([*(group.name for group in history.alive), *removed[-2:]]),
            "unfinished-removals": ",".join(history.unfinished_removals),
            "joins": ",".join(joins),
            "removals": ",".join(removals),
        }

    def drain(self, name: str) -> Run:
        """One process that publishes nothing, consumes everything and ends."""
        journal = self.engine.journals / name
        groups = ",".join(self.history.consuming)
        unfinished = ",".join(self.history.unfinished_removals)
        arguments: dict[str, str | int] = {"groups": groups, "ledgers": groups, "unfinished-removals": unfinished}
        self.engine.start(journal, arguments, flags=("--drain",))
        opening = self.engine.await_word("drained", DRAIN_LIMIT)
        if opening is None:
            raise Failed(f"not all was consumed in {DRAIN_LIMIT:.0f} s; {self.engine.log_tail()}")
        self.openings.append(opening)
        status = self.engine.finish()
        run = self.history.read(journal, name)
        if status != 0 or not run.is_drained:
            raise Failed(f"the engine ended with {status}; {self.engine.log_tail()}")
        return run
