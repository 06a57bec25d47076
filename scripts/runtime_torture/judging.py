"""What must hold when the hazards are over and everything has come to its end."""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
import urllib.parse
from bisect import bisect
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from crash_test.checks import Checks
from crash_test.report import Failed
from runtime_torture.disk import SITES
from runtime_torture.items import Item
from runtime_torture.process import Process
from runtime_torture.world import World

HEALTH_LIMIT = 30.0  # seconds
TABLES = {"ledger": "entries", "post": "sent"}


def query(process: Process, site: str, statement: str) -> list[tuple[Any, ...]]:
    """Rows of one service's database, read without touching it."""
    path = urllib.parse.quote(str(process.folder / f"{site}.sqlite"))
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise Failed(f"{site}.sqlite: {error} ({statement})") from error


@dataclass
class Letter:
    """A dead letter as its service shows it."""

    site: str
    number: int
    shown: dict[str, Any]

    @property
    def error(self) -> str:
        return str(self.shown["error"])

    @property
    def is_blamed(self) -> bool:
        return "seems to kill" in self.error


@dataclass
class Found:
    """All that the services and the outside show."""

    items: dict[int, Item]
    world: World
    letters: list[Letter] = field(default_factory=list)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    moves: list[tuple[int, str]] = field(default_factory=list)
    sagas: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def ask(cls, process: Process, items: dict[int, Item]) -> Found:
        found = cls(items, World.read(process.world))
        for site in SITES:
            for shown in process.pages(site, "dead-letters", "deadLetters"):
                found.letters.append(Letter(site, json.loads(shown["event"]["data"])["number"], shown))
        columns = {"ledger": "number, key, run, version, cents", "post": "number, key, run, version, answer"}
        for site, table in TABLES.items():
            found.rows[site] = query(process, site, f"SELECT {columns[site]} FROM {table} ORDER BY place")
        found.moves = query(process, "warehouse", "SELECT number, what FROM moves ORDER BY place")
        found.sagas = list(process.pages("desk", "sagas", "sagas"))
        return found

    def dead(self, site: str) -> set[int]:
        return {letter.number for letter in self.letters if letter.site == site}


def check_found(checks: Checks, found: Found) -> None:
    for site in TABLES:
        check_handled(checks, found, site)
        check_order(checks, found, site)
    check_letters(checks, found)
    check_calls(checks, found)
    check_sagas(checks, found)


def check_handled(checks: Checks, found: Found, site: str) -> None:
    """Every item that was taken stands in the table once, or as a dead letter."""
    counts = Counter(row[0] for row in found.rows[site])
    dead = found.dead(site)
    lost = [
        f"item {number} ({item.trouble}) is lost"
        for number, item in found.items.items()
        if number not in counts and number not in dead
    ]
    doubled = [f"item {number} stands there {count} times" for number, count in counts.items() if count > 1]
    both = [f"item {number} was handled and is a dead letter" for number in dead if number in counts]
    foreign = [f"item {number} was never taken" for number in counts if number not in found.items]
    wrong = lost + doubled + both + foreign
    said = f"{len(counts):,} items, {len(dead):,} dead letters"
    if site == "ledger":
        due = sum(item.cents for number, item in found.items.items() if number not in dead)
        entered = sum(row[4] for row in found.rows[site])
        wrong += [f"the sum is {entered} and should be {due}"] if entered != due else []
        said += f", sum {entered:,}"
    versions = Counter(f"v{row[3]}" for row in found.rows[site])
    by_version = ", ".join(f"{count:,} by {name}" for name, count in sorted(versions.items()))
    checks.add(f"{site}: every item was handled once or is a dead letter ({said}; {by_version})", wrong)


def check_order(checks: Checks, found: Found, site: str) -> None:
    """Items of a key were handled in the order in which they were taken."""
    last: dict[str, int] = {}
    wrong = []
    for number, key, run, *_ in found.rows[site]:
        if number <= last.get(key, 0):
            wrong.append(f"item {number} of {key} after item {last[key]}, in run {run}")
        last[key] = number
    checks.add(f"{site}: the items of a key stand in their order ({len(last)} keys)", wrong)


def expected_reason(trouble: str) -> str:
    match trouble.split(":")[1]:
        case "kill" | "fail-and-kill":
            return "seems to kill its consumer"
        case "hang":
            return "timed-out"
        case _:
            return "is poison"


def check_letters(checks: Checks, found: Found) -> None:
    """Those whose trouble never ends are dead letters with their evidence; nobody else is."""
    wrong, blamed = [], []
    known = {(letter.site, letter.number) for letter in found.letters}
    for item in found.items.values():
        if item.is_final and (item.place, item.number) not in known:
            wrong.append(f"item {item.number} ({item.trouble}) is no dead letter")
    for letter in found.letters:
        item = found.items.get(letter.number)
        name = f"item {letter.number} ({item.trouble if item else 'unknown'}) at {letter.site}"
        is_own = item is not None and item.is_final and item.place == letter.site
        if letter.is_blamed and not (is_own and item is not None and "kill" in item.trouble):
            blamed.append(f"{name}: {letter.error}")
        elif not is_own or item is None:
            wrong.append(f"{name} is a dead letter after {letter.shown['attempts']} attempts: {letter.error}")
        elif expected_reason(item.trouble) not in letter.error:
            wrong.append(f"{name} has another reason: {letter.error}")
        missing = [
            part
            for part in ("consumer", "handler", "firstFailedAt", "lastFailedAt", "event")
            if not letter.shown.get(part)
        ]
        if missing:
            wrong.append(f"{name} has no {', '.join(missing)}")
    count = len(found.letters)
    checks.add(
        f"what can never be handled is a dead letter with its evidence, and nothing else is ({count} dead letters)",
        wrong,
    )
    killers = sum(letter.is_blamed for letter in found.letters)
    checks.add(f"killers are blamed, and their neighbours are not ({killers} killers)", blamed)


def check_calls(checks: Checks, found: Found) -> None:
    """The outside was called under one key for each item, again only where something came between, and one answer is kept."""
    wrong, again = [], 0
    disturbances = found.world.disturbances
    for number, calls in found.world.calls.items():
        if len({call.key for call in calls}) > 1:
            wrong.append(f"item {number} has several keys: {', '.join(sorted({call.key for call in calls}))}")
        for before, after in zip(calls, calls[1:], strict=False):
            again += 1
            if bisect(disturbances, before.place) == bisect(disturbances, after.place):
                wrong.append(f"item {number} was sent again for no reason: {before.answer}, {after.answer}")
    keys = Counter(calls[0].key for calls in found.world.calls.values())
    wrong += [f"{count} items have the key {key}" for key, count in keys.items() if count > 1]
    for number, _, _, _, answer in found.rows["post"]:
        if answer not in {call.answer for call in found.world.calls.get(number, [])}:
            wrong.append(f"item {number} has an answer that the outside never gave: {answer}")
    count = sum(len(calls) for calls in found.world.calls.values())
    checks.add(f"an item has one idempotency key and one answer ({count:,} calls, {again} of them again)", wrong)


def check_sagas(checks: Checks, found: Found) -> None:
    """Every saga ended well or was compensated, the last step first."""
    moves: dict[int, list[str]] = {}
    for number, what in found.moves:
        moves.setdefault(number, []).append(what)
    sagas = {int(saga["id"]): saga for saga in found.sagas}
    wrong = [f"item {number} has no saga" for number, item in found.items.items() if item.ships and number not in sagas]
    for number, saga in sagas.items():
        done = moves.get(number, [])
        unique = list(dict.fromkeys(done))
        forward = [done.count(what) for what in ("reserve", "pack", "ship")]
        match saga["status"]:
            case "completed":
                is_right = unique == ["reserve", "pack", "ship"] and forward == [1, 1, 1]
            case "compensated":
                undone = [what for what in unique if what in ("unpack", "release")]
                steps = {step["status"] for step in saga["steps"]}
                is_right = undone == ["unpack", "release"] and forward == [1, 1, 1] and steps == {"compensated"}
            case _:
                is_right = False
        if not is_right:
            wrong.append(
                f"saga {number} ({found.items[number].trouble}) is {saga['status']} in {saga['stage']}: {' '.join(done)}"
            )
    counts = Counter(saga["status"] for saga in found.sagas)
    said = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
    checks.add(f"every saga ended well or was compensated, the last step first ({said})", wrong)


def check_quiet(checks: Checks, process: Process) -> None:
    """Nothing waits any more, and everyone is well."""
    wrong = []
    for site in SITES:
        depth = process.ask(site, "/manage/outbox")["depth"]
        parked = list(process.pages(site, "parked", "parked"))
        if depth:
            wrong.append(f"{depth} events wait in the outbox of {site}")
        if parked:
            wrong.append(f"{len(parked)} events are parked at {site}, the first because {parked[0].get('error')}")
        status, answer = process.request(site, "GET", "/health/events")
        if status != 200:
            wrong.append(f"{site} is not well: {answer}")
    checks.add("outboxes and parked events are empty, and all services can do their work", wrong)


def check_health(checks: Checks, process: Process) -> None:
    """Every service says that it is well, once there are no dead letters; what was stuck is looked for now and then."""
    deadline = time.monotonic() + HEALTH_LIMIT
    while wrong := complaints(process):
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    checks.add("the health of every service is ok", wrong)


def complaints(process: Process) -> list[str]:
    """What the services say of their health that is not ok."""
    wrong = []
    for site in SITES:
        try:
            _, answer = process.request(site, "GET", "/health/events")
        except (OSError, http.client.HTTPException) as error:
            answer = {"status": f"not answered: {error!r}"}
        if not isinstance(answer, dict) or answer.get("status") != "ok":
            wrong.append(f"{site}: {answer}")
    return wrong


def check_redriven(checks: Checks, process: Process, items: dict[int, Item]) -> None:
    """After a redrive without troubles, no item is missing anywhere."""
    wrong = []
    for site, table in TABLES.items():
        counts = Counter(number for (number,) in query(process, site, f"SELECT number FROM {table}"))
        wrong += [
            f"{site}: item {number} stands there {counts[number]} times" for number in items if counts[number] != 1
        ]
        left = sum(1 for _ in process.pages(site, "dead-letters", "deadLetters"))
        wrong += [f"{site}: {left} dead letters are left"] if left else []
    checks.add(f"a redrive handles every dead letter: each of {len(items):,} items once everywhere", wrong)
