"""What is done to the process and to what it stands on, and whether it was felt."""

from __future__ import annotations

import bisect
import math
import random
import sqlite3
import time
from dataclasses import dataclass, field

from crash_test.report import Failed
from runtime_torture.disk import SITES
from runtime_torture.process import FLEETS, START_LIMIT, STOP_LIMIT, TRAPS, Process

# How often each is done in ten minutes, and in the short form; more often than it has to be felt
ACTIONS = {
    "kill": (24, 2),
    "fleet": (28, 4),
    "lock": (36, 5),
    "full": (36, 4),
    "descriptors": (30, 4),
    "forward": (25, 3),
    "back": (25, 3),
}
JUMPS = (45, 90, 600, 3700)  # seconds
# What a process that only begins does not feel, or takes for a reason not to begin: libraries trap then.
NEEDS_READY = ("lock", "descriptors", "forward", "back", "fleet")
DELAY = 0.3  # seconds
GRACE = 0.4  # seconds, until what was done is in the log


@dataclass
class Hold:
    """Something that lasts."""

    kind: str
    site: str
    until: float
    place: int  # in the log
    count: int  # that will have risen
    database: sqlite3.Connection | None = None
    is_over: bool = False


@dataclass
class Hazards:
    """Does one thing after the other, at the times that follow from the seed, and starts the process when it has ended."""

    process: Process
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)  # how often each is to be done
    wrong: list[str] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    plan: list[tuple[float, str]] = field(default_factory=list)
    deaths: int = 0  # by items that kill
    refused_starts: int = 0
    restart_at: float = 0.0
    is_killed: bool = False
    stopped_at: float = 0.0  # when it was asked to end
    last_hold: float = 0.0
    kills_before: int = 0
    drains: bool = False

    def __post_init__(self) -> None:
        self.rng = random.Random(f"hazards {self.seed}")
        self.began = time.monotonic()

    def prepare(self, seconds: float, is_short: bool, share: float, only: set[str] | None) -> None:
        """Spreads the actions over the time, each kind of them evenly."""
        for kind, counts in ACTIONS.items():
            count = counts[1] if is_short else math.ceil(counts[0] * share)
            if only is not None and kind not in only:
                continue
            for number in range(count):
                self.plan.append((seconds * (number + self.rng.random()) / count, kind))
        self.plan.sort()
        self.began = time.monotonic()
        self.done = {kind: sum(other == kind for _, other in self.plan) for kind in ACTIONS}

    def note(self, kind: str) -> None:
        """Something was felt."""
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def turn(self) -> None:
        """Does what is due; to be called again and again."""
        now = time.monotonic()
        self.watch(now)
        for hold in self.holds:
            if not hold.is_over and now >= hold.until:
                self.end(hold)
            if hold.is_over and now >= hold.until + GRACE:
                self.judge(hold)
        self.holds = [hold for hold in self.holds if not hold.is_over or now < hold.until + GRACE]
        while self.plan and self.plan[0][0] <= now - self.began:
            kind = self.plan.pop(0)[1]
            if kind in NEEDS_READY and not self.can_feel(kind):
                bisect.insort(self.plan, (now - self.began + DELAY, kind))
            else:
                self.act(kind)

    def can_feel(self, kind: str) -> bool:
        """Whether the process is far enough, and can be told."""
        is_deaf = any(hold.kind == "descriptors" and not hold.is_over for hold in self.holds)
        return self.process.is_ready and self.stopped_at == 0 and not (is_deaf and kind in ("forward", "back"))

    # The process

    def watch(self, now: float) -> None:
        """Starts the process again when it has ended, for a reason that is known."""
        code = self.process.code()
        if code is None:
            if self.stopped_at and now > self.stopped_at + STOP_LIMIT:
                self.wrong.append(
                    f"the process did not end on SIGTERM in {STOP_LIMIT:.0f} s: {self.process.log_tail(5)}"
                )
                self.stopped_at = 0
                self.kill("fleet")
            elif not self.process.is_ready and now > self.process.began + START_LIMIT:
                raise Failed(
                    f"the process was not ready in {START_LIMIT:.0f} s; its log ends:\n{self.process.log_tail()}"
                )
            return
        if self.restart_at == 0:
            self.restart_at = now + self.explain(code, now)
        if now >= self.restart_at:
            self.restart_at = 0
            if self.drains:
                # As if a minute had passed: what the dead process had claimed is free.
                self.process.ahead += 61
            self.kills_before = self.kill_lines()
            # Libraries trap when they cannot open what they begin with.
            self.process.disk.use_up_descriptors(False)
            self.process.start()

    def explain(self, code: int, now: float) -> float:
        """Why it ended; returns how long to wait before it is started again."""
        is_asked, self.stopped_at = self.stopped_at > 0, 0.0
        if self.is_killed:
            self.is_killed = False
            return 0.0
        if is_asked and code == 0:
            self.note("good end")
            return 0.0
        if code in TRAPS and self.kill_lines() > self.kills_before:
            self.deaths += 1
            return 0.0
        if code == 1 and not self.process.has_been_ready and (self.holds or now < self.last_hold + 2):
            # It cannot open its databases now, and says so.
            self.refused_starts += 1
            return 0.25
        self.wrong.append(f"the process ended by itself with {code}: {self.process.log_tail(5)}")
        return 0.25

    def kill_lines(self) -> int:
        path = self.process.folder / "attempts"
        return sum(line.endswith("kill") for line in path.read_text().splitlines()) if path.exists() else 0

    # Actions

    def act(self, kind: str) -> None:
        site = self.rng.choice(SITES)
        seconds = self.rng.uniform(0.8, 2.5)
        match kind:
            case "kill":
                self.kill(kind)
            case "fleet":
                self.change_fleet(self.rng.choice([fleet for fleet in FLEETS if fleet != self.process.fleet]))
            case "forward" | "back":
                jump = self.rng.choice(JUMPS)
                self.process.set_clock(self.process.ahead + (jump if kind == "forward" else -jump))
            case _:
                self.begin(kind, site, time.monotonic() + seconds)

    def change_fleet(self, fleet: str) -> None:
        """Ends the process, by force or not; the next one is of another version."""
        self.process.fleet = fleet
        if self.rng.random() < 0.5 or not self.process.is_ready:
            self.kill("fleet")
        else:
            self.stop()

    def kill(self, kind: str) -> None:
        if self.process.code() is None:
            self.is_killed = True
            self.process.kill()
            if kind == "kill":
                self.note("kill")

    def stop(self) -> None:
        """Asks the process to end in good order."""
        assert self.process.process is not None
        self.stopped_at = time.monotonic()
        self.process.process.terminate()

    def begin(self, kind: str, site: str, until: float) -> None:
        hold = Hold(kind, site, until, self.process.log_size(), 0)
        match kind:
            case "lock":
                path = self.process.folder / f"{site}.sqlite"
                hold.database = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
                try:
                    hold.database.execute("BEGIN EXCLUSIVE")
                except sqlite3.OperationalError:
                    # The process was quicker for two seconds, or the disk is full: this time there is no lock.
                    hold.database.close()
                    bisect.insort(self.plan, (time.monotonic() - self.began + DELAY, kind))
                    return
            case "full":
                hold.count = self.process.disk.refused(site)
                self.process.disk.fill(site, True)
            case "descriptors":
                hold.count = self.process.disk.exhausted
                self.process.disk.use_up_descriptors(True)
        self.process.note(f"H {kind} {site}")
        self.holds.append(hold)

    def end(self, hold: Hold) -> None:
        hold.is_over = True
        self.last_hold = time.monotonic()
        match hold.kind:
            case "lock":
                assert hold.database is not None
                hold.database.close()
            case "full":
                if not any(
                    other.kind == "full" and other.site == hold.site and not other.is_over for other in self.holds
                ):
                    self.process.disk.fill(hold.site, False)
            case "descriptors":
                if not any(other.kind == "descriptors" and not other.is_over for other in self.holds):
                    self.process.disk.use_up_descriptors(False)
        self.process.note(f"h {hold.kind} {hold.site}")

    def judge(self, hold: Hold) -> None:
        """Whether the process has felt it."""
        match hold.kind:
            case "lock":
                is_felt = "database is locked" in self.process.log_since(hold.place)
            case "full":
                is_felt = self.process.disk.refused(hold.site) > hold.count
            case _:
                is_felt = self.process.disk.exhausted > hold.count
        if is_felt:
            self.note(hold.kind)

    def end_all(self) -> None:
        self.plan = []
        for hold in self.holds:
            hold.until = min(hold.until, time.monotonic())
