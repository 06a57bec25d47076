"""What is done to the process and to what it stands on, and whether it was felt."""

from __future__ import annotations

import random
import resource
import sqlite3
import time
from dataclasses import dataclass, field

from crash_test.report import Failed
from runtime_torture.disk import SITES
from runtime_torture.process import FLEETS, TRAPS, Process

# How often each is done in the long form, and in the short one
ACTIONS = {
    "kill": (24, 3),
    "fleet": (25, 4),
    "lock": (28, 4),
    "full": (28, 4),
    "descriptors": (28, 4),
    "forward": (25, 3),
    "back": (25, 3),
}
JUMPS = (45, 90, 600, 3700)  # seconds
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
    done: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    plan: list[tuple[float, str]] = field(default_factory=list)
    deaths: int = 0  # by items that kill
    refused_starts: int = 0
    restart_at: float = 0.0
    is_killed: bool = False
    last_hold: float = 0.0
    kills_before: int = 0
    drains: bool = False

    def __post_init__(self) -> None:
        self.rng = random.Random(f"hazards {self.seed}")
        self.began = time.monotonic()

    def prepare(self, seconds: float, is_short: bool, only: set[str] | None) -> None:
        """Spreads the actions over the time, each kind of them evenly."""
        for kind, counts in ACTIONS.items():
            count = counts[is_short]
            if only is not None and kind not in only:
                continue
            for number in range(count):
                self.plan.append((seconds * (number + self.rng.random()) / count, kind))
        self.plan.sort()
        self.began = time.monotonic()

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
            self.act(self.plan.pop(0)[1])

    # The process

    def watch(self, now: float) -> None:
        """Starts the process again when it has ended, for a reason that is known."""
        code = self.process.code()
        if code is None:
            if not self.process.is_ready and now > self.process.began + 60:
                raise Failed(f"the process was not ready in 60 s; its log ends:\n{self.process.log_tail()}")
            return
        if self.restart_at == 0:
            self.restart_at = now + self.explain(code, now)
        if now >= self.restart_at:
            self.restart_at = 0
            if self.drains:
                # As if a minute had passed: what the dead process had claimed is free.
                self.process.ahead += 61
            self.kills_before = self.kill_lines()
            self.process.start()

    def explain(self, code: int, now: float) -> float:
        """Why it ended; returns how long to wait before it is started again."""
        if self.is_killed:
            self.is_killed = False
            return 0.0
        if code in TRAPS and self.kill_lines() > self.kills_before:
            self.deaths += 1
            return 0.0
        if code == 1 and not self.process.is_ready and (self.holds or now < self.last_hold + 2):
            # It cannot open its databases now, and says so.
            self.refused_starts += 1
            return 0.25
        self.wrong.append(f"the process ended by itself with {code}: {self.process.log_tail(5)}")
        return 0.25

    def kill_lines(self) -> int:
        text = (self.process.folder / "attempts").read_text() if (self.process.folder / "attempts").exists() else ""
        return len(text.splitlines())

    # Actions

    def act(self, kind: str) -> None:
        self.done[kind] = self.done.get(kind, 0) + 1
        site = self.rng.choice(SITES)
        seconds = self.rng.uniform(0.8, 2.5)
        match kind:
            case "kill":
                self.kill(kind)
            case "fleet":
                others = [fleet for fleet in FLEETS if fleet != self.process.fleet]
                self.process.fleet = self.rng.choice(others)
                self.kill(kind) if self.rng.random() < 0.5 else self.stop()
            case "forward":
                self.process.set_clock(self.process.ahead + self.rng.choice(JUMPS))
            case "back":
                self.process.set_clock(self.process.ahead - self.rng.choice(JUMPS))
            case _:
                self.process.note(f"H {kind} {site}")
                self.holds.append(self.begin(kind, site, time.monotonic() + seconds))

    def kill(self, kind: str) -> None:
        if self.process.code() is None:
            self.is_killed = True
            self.process.kill()
            if kind == "kill" and self.process.is_ready:
                self.note("kill")

    def stop(self) -> None:
        """Ends the process in good order, if it runs."""
        if self.process.code() is not None or not self.process.is_ready:
            return self.kill("fleet")
        before = self.kill_lines()
        self.is_killed = True
        code = self.process.stop()
        if code in TRAPS and self.kill_lines() > before:
            self.deaths += 1
        elif code != 0:
            why = "had to be killed" if code is None else f"ended with {code}"
            self.wrong.append(f"on SIGTERM the process {why}: {self.process.log_tail(5)}")
        self.note("good end")

    def begin(self, kind: str, site: str, until: float) -> Hold:
        hold = Hold(kind, site, until, self.process.log_size(), 0)
        match kind:
            case "lock":
                path = self.process.folder / f"{site}.sqlite"
                hold.database = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
                try:
                    hold.database.execute("BEGIN EXCLUSIVE")
                except sqlite3.OperationalError:
                    # The process was quicker for two seconds: this time there is no lock, and none is counted.
                    pass
            case "full":
                hold.count = self.process.disk.refused(site)
                self.process.disk.fill(site, True)
            case "descriptors":
                hold.count = self.process.disk.exhausted
                self.limit_descriptors(True)
        return hold

    def end(self, hold: Hold) -> None:
        hold.is_over = True
        self.last_hold = time.monotonic()
        match hold.kind:
            case "lock":
                assert hold.database is not None
                hold.database.close()
            case "full":
                if not any(other.kind == "full" and other.site == hold.site and not other.is_over for other in self.holds):
                    self.process.disk.fill(hold.site, False)
            case "descriptors":
                self.limit_descriptors(False)
        self.process.note(f"h {hold.kind} {hold.site}")

    def limit_descriptors(self, is_short: bool) -> None:
        """Leaves the process with the descriptors that it has, or gives it as many as it had."""
        if self.process.process is None or self.process.code() is not None:
            return
        pid = self.process.process.pid
        try:
            _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            used = self.process.descriptors()
            soft = next(number for number in range(len(used) + 1) if number not in used) if is_short else min(hard, 4096)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        except (OSError, ProcessLookupError):
            pass

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
