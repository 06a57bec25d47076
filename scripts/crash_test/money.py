"""What must hold between the gateway's own ledger and the orders."""

from __future__ import annotations

from decimal import Decimal

from crash_test.checks import Checks, Outcome
from crash_test.gateway import Books, Gateway
from crash_test.server import Server


def check_money(checks: Checks, server: Server, gateway: Gateway, outcomes: list[Outcome]) -> None:
    """Holds the ledger against the orders, once both processes have ended."""
    books = Books(gateway.entries())
    taken, given_back = books.sums["taken"], books.sums["given_back"]
    due = sum((one.order.total for one in outcomes if one.status == "CONFIRMED"), Decimal(0))
    checks.add(
        f"money taken less money given back is that of confirmed orders ({taken:,} - {given_back:,} = {due:,})",
        [] if taken - given_back == due else [f"the gateway holds {taken - given_back:,}, confirmed orders are {due:,}"],
    )
    wrong = [f"{key} was charged {count} times" for key, count in books.taken.items() if count > 1]
    wrong += [f"{key} was refunded {count} times" for key, count in books.given_back.items() if count > 1]
    checks.add(f"no charge ({len(books.taken):,}) or refund ({len(books.given_back):,}) was made twice", wrong)
    check_orders(checks, server, books, outcomes)


def check_orders(checks: Checks, server: Server, books: Books, outcomes: list[Outcome]) -> None:
    rows = server.query("payment", "SELECT order_id, charge_key, status, transaction_id FROM payments")
    keys = {order: key for order, key, _, _ in rows}
    wrong = [f"{key} is the charge of no payment" for key in books.taken.keys() - set(keys.values())]
    for one in outcomes:
        due = one.order.total if one.status == "CONFIRMED" else Decimal(0)
        held = books.held.get(keys.get(one.order.order_id) or "", Decimal(0))
        if held != due:
            wrong.append(f"{one.order.order_id} is {one.status} and the gateway holds {held} for it")
    checks.add("the gateway holds the money of each order that is confirmed, and of no other", wrong)

    open_rows = [f"{order} is {status}" for order, _, status, _ in rows if status in ("charging", "refunding")]
    checks.add(f"no payment is left without an answer ({len(rows):,} payments)", open_rows)

    unknown = sum(status == "refunded" and transaction is None for _, _, status, transaction in rows)
    check_hazards(checks, books, unknown, outcomes)


def check_hazards(checks: Checks, books: Books, unknown: int, outcomes: list[Outcome]) -> None:
    """A run in which nothing was lost says nothing."""
    count = len(outcomes)
    least = {"charge request": count // 20, "charge answer": count // 20, "charge late": count // 400}
    least |= {"refund request": count // 200, "refund answer": count // 200, "charge silent": count // 100}
    least = {name: max(number, min(1, count // 100)) for name, number in least.items()}
    numbers = ", ".join(f"{books.hazards[name]:,} {name}" for name in least)
    wrong = [f"{books.hazards[name]} {name}, not {least[name]}" for name in least if books.hazards[name] < least[name]]
    checks.add(f"answers were lost ({numbers})", wrong)

    late = sum(one.status == "CANCELLED" and one.shown.get("reason") == "time-out" for one in outcomes)
    wrong = [] if unknown >= count // 100 else [f"only {unknown} refunds of charges without an answer"]
    wrong += [] if late >= count // 200 else [f"only {late} orders were cancelled by their time-out"]
    confirmed = sum(one.status == "CONFIRMED" for one in outcomes)
    wrong += [] if confirmed >= count // 10 else [f"only {confirmed:,} of {count:,} orders were confirmed"]
    checks.add(
        f"charges without an answer were refunded ({unknown:,}; {late:,} orders cancelled by their time-out,"
        f" {books.refused:,} charges came after their refund)",
        wrong,
    )
