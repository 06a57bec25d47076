"""What is looked at while orders come to their end."""

from __future__ import annotations

import http.client
import threading
import time

from crash_test.plan import INITIAL_STOCK
from crash_test.report import say
from crash_test.server import DATABASES, REQUEST_LIMIT, Server, request

SETTLING_LIMIT = 400.0  # seconds


class StockWatch:
    """Looks at the stock all the while, and keeps what must never be seen."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.looks = 0
        self.violations: list[str] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self) -> None:
        while not self.ended.wait(0.1):
            for product in INITIAL_STOCK:
                try:
                    status, answer = request(self.server.inventory, "GET", f"/inventory/products/{product}")
                except (OSError, http.client.HTTPException):
                    break
                if status == 200:
                    self.look(product, answer)

    def look(self, product: str, level: dict[str, int]) -> None:
        self.looks += 1
        try:
            stock, reserved, available = level["stock"], level["reserved"], level["available"]
        except (KeyError, TypeError):
            self.violations.append(f"{product}: {level} has not the fields it should have")
            return
        if min(stock, reserved, available) < 0 or stock - reserved != available:
            self.violations.append(f"{product}: stock {stock}, reserved {reserved}, available {available}")

    def end(self) -> None:
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join(2 * REQUEST_LIMIT)


def await_settled(server: Server, watch: StockWatch) -> None:
    """Waits until no order is pending and nothing is left to publish or to retry."""
    began = time.monotonic()
    said = 0.0
    while True:
        server.check_alive()
        pending = sum(1 for _ in server.pages("&status=PENDING"))
        reserved = 0
        for product in INITIAL_STOCK:
            level = server.stock(product)
            watch.look(product, level)
            reserved += level["reserved"]
        waiting = sum(
            server.query(name, f"SELECT count(*) FROM {table}")[0][0]
            for name in DATABASES
            for table in ("tidings_outbox", "tidings_parked")
        )
        elapsed = time.monotonic() - began
        numbers = f"{pending:,} orders pending, {reserved:,} pieces reserved, {waiting:,} events waiting"
        if pending == reserved == waiting == 0:
            say(f"settled after {elapsed:.1f} s")
            return
        if elapsed > SETTLING_LIMIT:
            say(f"not settled after {SETTLING_LIMIT:.0f} s: {numbers}")
            return
        if elapsed - said >= 2:
            said = elapsed
            say(numbers)
        time.sleep(0.25)
