"""What must hold once every order has ended."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crash_test.plan import INITIAL_STOCK, Order
from crash_test.report import Failed, first, say
from crash_test.server import DATABASES, Server

FINAL_EVENTS = {"CONFIRMED": "order.confirmed.v1", "CANCELLED": "order.cancelled.v1", "FAILED": "order.failed.v1"}
LATE_EVENTS_LIMIT = 10.0  # seconds


@dataclass
class Checks:
    """Named statements about the end state, each with its numbers and, where it does not hold, what is wrong."""

    results: list[tuple[str, list[str]]] = field(default_factory=list)

    def add(self, statement: str, wrong: list[str]) -> None:
        self.results.append((statement, wrong))

    @property
    def failed(self) -> list[tuple[str, list[str]]]:
        return [result for result in self.results if result[1]]

    def show(self) -> None:
        for statement, wrong in self.results:
            say(f"FAIL  {statement}: {first(wrong)}" if wrong else f"ok    {statement}")


@dataclass
class Outcome:
    """What the services say about one order."""

    order: Order
    shown: dict[str, Any]
    payments: list[dict[str, Any]]
    saga: dict[str, Any]

    @property
    def status(self) -> str:
        return str(self.shown["status"])


def ask_for_outcomes(server: Server, orders: list[Order], clients: int) -> list[Outcome]:
    def ask(order: Order) -> Outcome:
        payments = server.get(server.payment, f"/payments?orderId={order.order_id}")["payments"]
        shown = server.get(server.order, f"/orders/{order.order_id}")
        return Outcome(order, shown, payments, server.get(server.order, f"/sagas/{order.saga_id}"))

    with ThreadPoolExecutor(max_workers=clients) as pool:
        return list(pool.map(ask, orders))


def check_services(server: Server, orders: list[Order], clients: int) -> tuple[Checks, list[Outcome]]:
    """Everything that the running services can be asked."""
    checks = Checks()
    outcomes = ask_for_outcomes(server, orders, clients)
    check_orders(checks, server, outcomes)
    check_stock(checks, server, outcomes)
    check_payments(checks, outcomes)
    check_sagas(checks, outcomes)
    check_health(checks, server)
    return checks, outcomes


def check_orders(checks: Checks, server: Server, outcomes: list[Outcome]) -> None:
    statuses = Counter(one.status for one in outcomes)
    numbers = ", ".join(f"{count:,} {status}" for status, count in sorted(statuses.items()))
    wrong = [
        f"{one.order.order_id} is {one.status}" for one in outcomes if one.status not in ("CONFIRMED", "CANCELLED")
    ]
    checks.add(f"every order ended ({numbers})", wrong)

    ids = Counter(one.order.order_id for one in outcomes)
    listed = Counter(str(order["orderId"]) for order in server.pages())
    wrong = [f"{name} answers {count} keys" for name, count in ids.items() if count > 1]
    wrong += [f"{name} is listed {count} times" for name, count in listed.items() if count > 1]
    wrong += [f"{name} is listed and was answered to no key" for name in listed.keys() - ids.keys()]
    wrong += [f"{name} is not listed" for name in ids.keys() - listed.keys()]
    checks.add(f"each key made one order ({len(ids):,} ids, {sum(listed.values()):,} listed)", wrong)

    wrong = [
        f"{one.order.order_id}: total {one.shown['total']}, not {one.order.total}"
        for one in outcomes
        if Decimal(str(one.shown["total"])) != one.order.total
    ]
    checks.add("every order's total is right", wrong)

    reasons = Counter(str(one.shown.get("reason")) for one in outcomes if one.status == "CANCELLED")
    missing = {"insufficient_stock", "unknown_product"} - reasons.keys() if len(outcomes) >= 100 else set()
    numbers = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
    checks.add(f"cancelled orders say why ({numbers})", [f"none was cancelled for {reason}" for reason in missing])


def check_stock(checks: Checks, server: Server, outcomes: list[Outcome]) -> None:
    sold: Counter[str] = Counter()
    for one in outcomes:
        if one.status == "CONFIRMED":
            sold.update(dict(one.order.items))
    levels = {product: server.stock(product) for product in INITIAL_STOCK}
    wrong = [
        f"{product}: {INITIAL_STOCK[product]} at first, {level['stock']} left, {sold[product]} sold"
        for product, level in levels.items()
        if INITIAL_STOCK[product] - level["stock"] != sold[product]
    ]
    checks.add(f"stock adds up ({sum(sold.values()):,} pieces sold of {len(levels)} products)", wrong)
    wrong = [
        f"{product}: {level}"
        for product, level in levels.items()
        if level["reserved"] != 0 or level["available"] != level["stock"] or level["stock"] < 0
    ]
    checks.add("nothing is reserved, no stock is negative", wrong)


def check_payments(checks: Checks, outcomes: list[Outcome]) -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for one in outcomes:
        statuses = [str(payment["status"]) for payment in one.payments]
        counts.update(statuses)
        taken = sum(status in ("confirmed", "refunded") for status in statuses)
        kept = statuses == ["confirmed"] if one.status == "CONFIRMED" else "confirmed" not in statuses
        known = set(statuses) <= {"confirmed", "failed", "refunded"}
        if not (kept and known and taken <= 1):
            wrong.append(f"{one.order.order_id} is {one.status} with payments {statuses}")
    numbers = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
    checks.add(f"each confirmed order is paid once, no other keeps a payment ({numbers})", wrong)

    wrong = [
        f"{one.order.order_id}: {payment['amount']}, not {one.order.total}"
        for one in outcomes
        for payment in one.payments
        if Decimal(str(payment["amount"])) != one.order.total
    ]
    checks.add("every payment's amount is its order's total", wrong)


def check_sagas(checks: Checks, outcomes: list[Outcome]) -> None:
    states = Counter(str(one.saga["state"]) for one in outcomes)
    wrong = [
        f"saga {one.order.saga_id} is {one.saga['state']}, its order {one.status}"
        for one in outcomes
        if one.saga["state"] not in ("COMPLETED", "FAILED")
        or (one.status == "CONFIRMED" and one.saga["state"] != "COMPLETED")
    ]
    checks.add(f"every saga ended ({', '.join(f'{n:,} {state}' for state, n in sorted(states.items()))})", wrong)


def check_health(checks: Checks, server: Server) -> None:
    wrong = []
    for port in server.ports:
        try:
            answer = server.get(port, "/health/events")
        except Failed as failure:
            wrong.append(str(failure))
            continue
        if answer["failedEventsCount"] != 0 or answer["connected"] is not True or answer["status"] != "ok":
            wrong.append(json.dumps(answer))
    checks.add("every service is connected and well, and has no failed events", wrong)


def check_databases(checks: Checks, server: Server, outcomes: list[Outcome]) -> None:
    """What the databases hold once the process has ended."""
    found = sorted(path.stem for path in server.databases.glob("*.sqlite"))
    checks.add(
        f"every service has its database ({', '.join(found)})",
        [f"{name}.sqlite is missing" for name in DATABASES if name not in found],
    )
    for table, what in (("tidings_parked", "dead letters or parked events"), ("tidings_outbox", "unpublished events")):
        counts = {name: server.query(name, f"SELECT count(*) FROM {table}")[0][0] for name in found}
        wrong = [f"{count:,} in {name}" for name, count in counts.items() if count]
        checks.add(f"no {what} in any database", wrong)

    places = ", ".join("?" * len(FINAL_EVENTS))
    history = server.query(
        "order",
        f"SELECT order_id, event_type FROM order_history WHERE event_type IN ({places})",
        tuple(FINAL_EVENTS.values()),
    )
    events: dict[str, list[str]] = {one.order.order_id: [] for one in outcomes}
    for order_id, event_type in history:
        events.setdefault(order_id, []).append(event_type)
    expected = {one.order.order_id: [FINAL_EVENTS.get(one.status, "")] for one in outcomes}
    wrong = [
        f"{order_id} has {types}, expected {expected.get(order_id, [])}"
        for order_id, types in events.items()
        if types != expected.get(order_id)
    ]
    checks.add(f"each order had exactly one final event ({len(history):,} events)", wrong)


def check_until_settled(server: Server, orders: list[Order], clients: int) -> tuple[Checks, list[Outcome]]:
    """Events may still be on their way when all looks quiet, so a check has some seconds to come true."""
    deadline = time.monotonic() + LATE_EVENTS_LIMIT
    checks, outcomes = check_services(server, orders, clients)
    while checks.failed and time.monotonic() < deadline:
        time.sleep(1)
        checks, outcomes = check_services(server, orders, clients)
    return checks, outcomes
