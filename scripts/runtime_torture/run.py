"""One torture run: load and hazards, then the draining, then the judgement."""

from __future__ import annotations

import argparse
import sqlite3
import time
from contextlib import closing

from crash_test.checks import Checks
from crash_test.report import Failed, say
from runtime_torture.disk import SITES
from runtime_torture.hazards import Hazards
from runtime_torture.items import ALWAYS, Clients, planned
from runtime_torture.judging import Found, check_found, check_health, check_quiet, check_redriven, query
from runtime_torture.process import Process
from runtime_torture.world import World

TURN = 0.02  # seconds


class Torture:
    def __init__(self, options: argparse.Namespace, process: Process) -> None:
        self.options, self.process = options, process
        self.hazards = Hazards(process, options.seed)
        plan = planned(options.seed, options.seconds, options.short, options.share)
        if options.only is not None:
            plan = [entry for entry in plan if entry[1].rsplit(":", 1)[0] in options.only]
        self.plan = list(plan)
        self.clients = Clients(process, options.seed, options.rate, plan)

    def run(self) -> Checks:
        self.process.start()
        self.process.await_ready()
        self.load()
        self.drain()
        checks = Checks()
        checks.add("the process died of nothing but kills and killers, and ended well when asked", self.hazards.wrong)
        checks.add("no item was refused", self.clients.wrong)
        check_quiet(checks, self.process)
        if self.options.sabotage:
            self.sabotage()
        found = Found.ask(self.process, self.clients.taken)
        check_found(checks, found)
        self.check_hazards(checks, found)
        self.redrive(checks)
        status = self.process.stop()
        checks.add("the process ends with 0 on SIGTERM", [] if status == 0 else [f"it ended with {status}"])
        return checks

    # Load

    def load(self) -> None:
        began = time.monotonic()
        said = began
        self.hazards.prepare(self.options.seconds, self.options.short, self.options.share, self.options.only)
        self.clients.start()
        while (now := time.monotonic()) < began + self.options.seconds:
            self.hazards.turn()
            if now > said + 30:
                said = now
                say(
                    f"{now - began:.0f} s: {len(self.clients.taken):,} items, {self.hazards.deaths} deaths, {self.process.starts} starts"
                )
            time.sleep(TURN)
        self.clients.finish()
        while not self.clients.is_finished or self.hazards.plan or self.hazards.holds:
            self.hazards.turn()
            if time.monotonic() > began + self.options.seconds + self.options.drain:
                raise Failed(f"the clients did not end; the log ends:\n{self.process.log_tail()}")
            time.sleep(TURN)
        self.took = time.monotonic() - began
        count = len(self.clients.taken)
        say(
            f"{count:,} items in {self.took:.0f} s, {count / self.took:.1f} a second; {self.clients.tries - count:,} were sent again"
        )

    # Draining

    def drain(self) -> None:
        """Waits until nothing is left to do. Time passes faster: the wall clock goes on by a minute when little happens."""
        began = time.monotonic()
        self.hazards.drains = True
        if self.process.fleet == "v1":
            # What parked as version 2 waits for a consumer that knows it.
            self.hazards.change_fleet("v2")
        # Whatever was put off while the clock was ahead is due.
        is_set = self.process.set_clock(max(0, self.process.ahead) + 8000)
        last, moved, said = "", began, began
        while True:
            self.hazards.turn()
            is_set = is_set or self.process.set_clock(self.process.ahead)
            left = self.left()
            now = time.monotonic()
            if left == "":
                break
            if left != last:
                last, moved = left, now
            elif now > moved + 5:
                moved = now
                self.process.set_clock(self.process.ahead + 61)
            if now > said + 10:
                said = now
                say(f"draining: {left}")
            if now > began + self.options.drain:
                say(f"not drained after {self.options.drain:.0f} s: {left}")
                break
            time.sleep(0.1)
        say(f"drained in {time.monotonic() - began:.0f} s")

    def left(self) -> str:
        """What is still to be done, as numbers; nothing when all is done."""
        try:
            counts = {
                f"{name} of {site}": query(self.process, site, f"SELECT count(*) FROM tidings_{table}{where}")[0][0]
                for site in SITES
                for name, table, where in (("outbox", "outbox", ""), ("parked", "parked", " WHERE state <> 'dead'"))
            }
            counts["sagas"] = query(
                self.process, "desk",
                "SELECT count(*) FROM tidings_sagas WHERE status NOT IN ('completed', 'compensated', 'failed')",
            )[0][0]  # fmt: skip
            for site, table in (("ledger", "entries"), ("post", "sent")):
                handled = query(self.process, site, f"SELECT count(*) FROM {table}")[0][0]
                dead = query(self.process, site, "SELECT count(*) FROM tidings_parked WHERE state = 'dead'")[0][0]
                counts[f"items of {site}"] = max(0, len(self.clients.taken) - handled - dead)
            wanted = sum(item.ships for item in self.clients.taken.values())
            counts["sagas to come"] = wanted - query(self.process, "desk", "SELECT count(*) FROM tidings_sagas")[0][0]
        except Failed as failure:
            return str(failure)
        if not self.process.is_ready or self.process.code() is not None:
            counts["process"] = 1
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count)

    def sabotage(self) -> None:
        """Does what no runtime should. For those who want to see the checks fail."""
        statements = {
            "ledger": "DELETE FROM entries WHERE place = (SELECT max(place) FROM entries)",
            "post": "INSERT INTO sent (number, key, answer, version, run) SELECT number, key, answer, version, run FROM sent LIMIT 1",
            "warehouse": "DELETE FROM moves WHERE what = 'ship' AND place = (SELECT min(place) FROM moves WHERE what = 'ship')",
        }
        for site, statement in statements.items():
            with closing(sqlite3.connect(self.process.folder / f"{site}.sqlite", timeout=10)) as database, database:
                database.execute(statement)

    def redrive(self, checks: Checks) -> None:
        """Starts once more without troubles, redrives every dead letter, and counts."""
        self.process.stop()
        self.process.is_cured = True
        self.process.ahead += 61
        self.process.start()
        self.process.await_ready()
        for site in ("ledger", "post"):
            self.process.ask(site, "/manage/dead-letters/redrive", "POST", {"all": True, "rate": 1000})
        deadline = time.monotonic() + 30
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.1)
        check_redriven(checks, self.process, self.clients.taken)
        check_health(checks, self.process)

    # Hazards

    def check_hazards(self, checks: Checks, found: Found) -> None:
        """Every hazard was felt often enough; prints how often."""
        felt = self.felt(found)
        least = self.options.least
        wrong = []
        say(f"{'hazard':<28}{'planned':>9}{'felt':>7}")
        for name, count in felt.items():
            planned_count = self.planned(name)
            if planned_count == 0:
                continue
            say(f"{name:<28}{planned_count:>9}{count:>7}")
            if count < least and self.options.only is None:
                wrong.append(f"{name} was felt {count} times")
        often = "once" if least == 1 else f"{least} times"
        checks.add(f"each hazard was felt {often} or more", wrong)

    GROUPS = {
        "killer event": ("ledger:kill", "ledger:fail-and-kill", "post:kill", "timer:kill"),
        "poison for some attempts": ("ledger:fail:2", "post:fail:1"),
        "poison for ever": (f"ledger:fail:{ALWAYS}", f"post:fail:{ALWAYS}"),
        "outage outside": ("post:outage",),
        "slow effect": ("post:slow",),
        "hanging effect": ("post:hang",),
        "effect that never returns": ("post:stuck",),
        "saga refused": ("ship:refuse", "unpack:deaf"),
        "saga timed out": ("ship:silent", "timer:kill"),
        "compensation asked again": ("unpack:deaf",),
    }
    NAMES = {
        "kill": "SIGKILL", "fleet": "upgrade or downgrade", "lock": "locked database", "full": "full disk",
        "descriptors": "exhausted descriptors", "forward": "clock set forward", "back": "clock set back",
    }  # fmt: skip

    def planned(self, name: str) -> int:
        for kind, shown in self.NAMES.items():
            if shown == name:
                return self.hazards.done.get(kind, 0)
        return sum(trouble.startswith(self.GROUPS[name]) for _, trouble in self.plan)

    def felt(self, found: Found) -> dict[str, int]:
        world, items, counts = found.world, found.items, self.hazards.counts
        sent = {number for number in world.calls}
        dead = {(letter.site, letter.number) for letter in found.letters}
        again = {number for number in sent | {number for _, number in dead}}
        fails = [number for place in ("ledger", "post") for number in world.tried(place, "fail", 2)]
        asked = [number for number, what in found.moves if what == "unpack"]
        reasons = [saga.get("reason") for saga in found.sagas]
        # A change of the fleet is felt when the new one has handled something.
        runs = list(dict.fromkeys((row[2] for row in found.rows["ledger"])))
        return {
            "SIGKILL": counts.get("kill", 0),
            "killer event": self.hazards.deaths,
            "poison for some attempts": sum(not items[number].is_final for number in fails),
            "poison for ever": sum("is poison" in letter.error for letter in found.letters),
            "outage outside": sum(number in sent for number in world.tried("post", "outage", 2)),
            "slow effect": sum(number in sent for number in world.tried("post", "slow", 1)),
            "hanging effect": world.cancelled,
            "effect that never returns": sum(number in again for number in world.tried("post", "stuck", 1)),
            "saga refused": reasons.count("refused"),
            "saga timed out": reasons.count("time-out"),
            "compensation asked again": sum(asked.count(number) > 1 for number in set(asked)),
            "locked database": counts.get("lock", 0),
            "full disk": counts.get("full", 0),
            "exhausted descriptors": counts.get("descriptors", 0),
            "clock set forward": sum(jump > 0 for jump in world.jumps),
            "clock set back": sum(jump < 0 for jump in world.jumps),
            "upgrade or downgrade": self.changes(world, set(runs)),
        }

    def changes(self, world: World, runs: set[int]) -> int:
        """How often another fleet came and handled something."""
        count, last = 0, ""
        for run, fleet in world.runs:
            if run not in runs:
                continue
            count += last not in ("", fleet)
            last = fleet
        return count
