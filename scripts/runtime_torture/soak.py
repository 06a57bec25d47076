"""A long run under a moderate load: what must not grow does not."""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from crash_test.checks import Checks
from crash_test.report import Failed, say
from runtime_torture.disk import SITES
from runtime_torture.items import Clients
from runtime_torture.judging import check_health, check_quiet, query
from runtime_torture.process import Process

MIB = 1 << 20
SAMPLE = 2.0  # seconds between two looks
LIVES = 8  # processes in the first half, one after the other
DRAIN_LIMIT = 120.0  # seconds
# What may come over the second half: a share of the mean, and what comes and goes by chance. Files of which nothing was
# pruned grew by more in a quarter of an hour. A database opens another reader, with two descriptors, when more read at once
# than ever before in its process, up to five.
SHARE = 0.05
SLACK = {"memory": 1.0 * MIB, "descriptors": 12.0}
FILE_SLACK = 0.5 * MIB
# What comes to the items besides: enough that parked events, sagas that are compensated and effects have what to prune
TROUBLES = ("ledger:fail:1", "post:fail:1", "post:outage:1", "ship:refuse:1", "ship:silent:1")


@dataclass
class Sample:
    at: float  # seconds since the beginning
    age: float  # seconds since the process began
    values: dict[str, float]


@dataclass
class Soak:
    options: argparse.Namespace
    process: Process
    samples: list[Sample] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self) -> Checks:
        seconds = self.options.seconds
        plan = [(number * 2.0, TROUBLES[number % len(TROUBLES)]) for number in range(int(seconds / 2))]
        clients = Clients(self.process, self.options.seed, self.options.rate, plan)
        self.process.fleet = "v2"
        self.start(0.0)
        clients.start()
        began, said = time.monotonic(), 0.0
        restarts = [seconds / 2 * (number + 1) / LIVES for number in range(LIVES)]
        while (now := time.monotonic() - began) < seconds:
            if self.process.code() is not None:
                raise Failed(f"the process ended by itself; its log ends:\n{self.process.log_tail()}")
            if restarts and now >= restarts[0]:
                restarts.pop(0)
                self.restart(len(restarts) % 2 == 0, now)
                continue
            self.look(now)
            if now > said + max(30.0, seconds / 12):
                said = now
                say(f"{now / 60:.1f} min: {len(clients.taken):,} items; {self.shown(self.samples[-1])}")
            time.sleep(SAMPLE)
        clients.plan.clear()
        clients.finish()
        while not clients.is_finished:
            time.sleep(0.05)
        took = time.monotonic() - began
        say(
            f"{len(clients.taken):,} items in {took / 60:.1f} min, {len(clients.taken) / took:.1f} a second; {len(self.starts)} starts"
        )
        self.drain(clients)
        checks = Checks()
        checks.add("the process ended well whenever it was asked", self.wrong)
        check_quiet(checks, self.process)
        check_health(checks, self.process)
        self.check_totals(checks, clients)
        self.check_flat(checks)
        status = self.process.stop()
        checks.add("the process ends with 0 on SIGTERM", [] if status == 0 else [f"it ended with {status}"])
        return checks

    def start(self, now: float) -> None:
        self.process.start()
        self.process.await_ready()
        self.starts.append(now)

    def restart(self, is_killed: bool, now: float) -> None:
        if is_killed:
            self.process.kill()
        elif (status := self.process.stop()) != 0:
            self.wrong.append(f"it ended with {status} on SIGTERM")
        self.start(now)

    # Looking

    def look(self, now: float) -> None:
        folder = self.process.folder
        values = {
            "memory": float(self.process.memory()),
            "descriptors": float(len(self.process.descriptors())),
            "log of the bus": float(size(folder / "data")),
        }
        for site in SITES:
            values[f"{site}.sqlite"] = float(sum(path.stat().st_size for path in folder.glob(f"{site}.sqlite*")))
        self.samples.append(Sample(now, now - self.starts[-1], values))

    @staticmethod
    def shown(sample: Sample) -> str:
        parts = []
        for name, value in sample.values.items():
            parts.append(f"{name} {value:.0f}" if name == "descriptors" else f"{name} {value / MIB:.1f} MiB")
        return ", ".join(parts)

    # Judging

    def drain(self, clients: Clients) -> None:
        began = time.monotonic()
        while time.monotonic() < began + DRAIN_LIMIT:
            waiting = sum(
                query(self.process, site, f"SELECT count(*) FROM tidings_{table}")[0][0]
                for site in SITES
                for table in ("outbox", "parked")
            )
            running = query(
                self.process, "desk", "SELECT count(*) FROM tidings_sagas WHERE status IN ('running', 'compensating')"
            )[0][0]
            missing = sum(len(clients.taken) - self.total(site)[0] for site in ("ledger", "post"))
            if waiting == running == missing == 0:
                return
            time.sleep(0.2)
        say(
            f"not drained in {DRAIN_LIMIT:.0f} s: {waiting} events wait, {running} sagas run, {missing} items are missing"
        )

    def total(self, site: str) -> tuple[int, int]:
        count, cents = query(self.process, site, "SELECT count, cents FROM totals")[0]
        return count, cents

    def check_totals(self, checks: Checks, clients: Clients) -> None:
        due = (len(clients.taken), sum(item.cents for item in clients.taken.values()))
        totals = {site: self.total(site) for site in ("desk", "ledger", "post")}
        wrong = [f"{site} counted {total[0]} items and {total[1]}" for site, total in totals.items() if total != due]
        checks.add(f"every item was handled once everywhere ({due[0]:,} items, sum {due[1]:,})", wrong)

    def check_flat(self, checks: Checks) -> None:
        """Over the second half, in which one process runs, nothing rises; and each restart began as the others did."""
        half = [sample for sample in self.samples if sample.at > self.options.seconds / 2]
        # What the process takes at its beginning is no growth.
        half = half[len(half) // 6 :]
        say(f"{'':<20}{'first':>10}{'last':>10}{'mean':>10}{'growth':>10}   over the second half")
        for name in half[0].values:
            series = [sample.values[name] for sample in half]
            mean = statistics.fmean(series)
            slope = statistics.linear_regression([sample.at for sample in half], series).slope
            growth = slope * (half[-1].at - half[0].at)
            unit = 1.0 if name == "descriptors" else float(MIB)
            allowed = SHARE * mean + SLACK.get(name, FILE_SLACK)
            say(
                f"{name:<20}{series[0] / unit:>10.1f}{series[-1] / unit:>10.1f}{mean / unit:>10.1f}{growth / unit:>10.2f}"
                + ("" if name == "descriptors" else " MiB")
            )
            checks.add(f"{name} is flat", [f"it grew by {growth / unit:.2f}"] if growth > allowed else [])
        ages = self.at_one_age()
        wrong = []
        for name in ("memory", "descriptors"):
            series = [sample.values[name] for sample in ages]
            unit = 1 if name == "descriptors" else MIB
            say(f"{name} at one age of each process: {', '.join(f'{value / unit:.0f}' for value in series)}")
            if max(series[1:]) > 1.25 * min(series[1:]) + 4 * unit:
                wrong.append(f"{name} differs: {min(series[1:]) / unit:.0f} to {max(series[1:]) / unit:.0f}")
        checks.add(f"each of {len(ages)} processes began like the others", wrong)

    def at_one_age(self) -> list[Sample]:
        """Of each process, the look at it when it was about as old as the others."""
        age = self.options.seconds / 2 / LIVES * 0.8
        found = []
        for began in self.starts:
            of_life = [sample for sample in self.samples if abs(sample.at - sample.age - began) < 0.01]
            if of_life:
                found.append(min(of_life, key=lambda sample: abs(sample.age - age)))
        return found


def size(folder: Path) -> int:
    """The room that files take; those that go meanwhile take none."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            pass
    return total
