"""Placing the orders, and killing the process between."""

from __future__ import annotations

import http.client
import random
import threading
import time

from crash_test.gateway import Gateway
from crash_test.plan import SCARCE, SCARCE_STOCK, Order
from crash_test.report import Failed, first, say
from crash_test.server import REQUEST_LIMIT, Server, request

# Bounds, in seconds
ORDER_LIMIT = 120.0
KILL_WAIT_LIMIT = 180.0


def put_scarce_product(server: Server) -> None:
    path = f"/inventory/products/{SCARCE}"
    status, answer = request(server.inventory, "PUT", path, {"stock": SCARCE_STOCK})
    if status not in (200, 201, 204):
        raise Failed(f"PUT {path} was answered {status}: {answer}")


class Run:
    """The orders, the clients that place them, and the kills between."""

    def __init__(
        self,
        server: Server,
        orders: list[Order],
        clients: int,
        kills: int,
        rng: random.Random,
        gateway: Gateway | None = None,
    ) -> None:
        self.gateway = gateway
        self.server = server
        self.orders = orders
        self.clients = clients
        self.kills = kills
        self.rng = rng
        self.kills_after = min(2, kills // 2)
        self.changed = threading.Condition()
        self.begun = 0
        self.open_until = 0
        self.placed = 0
        self.ended = False
        self.failures: list[str] = []

    def place_all(self) -> None:
        """Opens the orders part by part; each part lasts until its kill has come, so the kills span the placing."""
        parts = max(1, self.kills - self.kills_after)
        edges = [len(self.orders) * part // parts for part in range(parts + 1)]
        threads = [threading.Thread(target=self.client, daemon=True) for _ in range(self.clients)]
        for thread in threads:
            thread.start()
        try:
            for part in range(parts):
                self.open(edges[part + 1])
                if part < self.kills:
                    self.kill_once(part + 1, after_orders=self.rng.randint(edges[part], edges[part + 1]))
            self.await_placed(len(self.orders))
            for number in range(parts + 1, self.kills + 1):
                self.kill_once(number, after_orders=len(self.orders))
            self.server.await_health()
        finally:
            with self.changed:
                self.ended = True
                self.changed.notify_all()
            for thread in threads:
                thread.join(2 * REQUEST_LIMIT)

    def kill_once(self, number: int, after_orders: int) -> None:
        """Kills and restarts: at a random moment after so many orders, now and then while it is still starting."""
        while_starting = number > 1 and self.rng.random() < 0.2
        if while_starting:
            time.sleep(self.rng.uniform(0, 0.3))
        else:
            self.server.await_health()
            self.await_placed(after_orders)
            # Half of the kills strike among requests, the others while orders are on their way.
            time.sleep(self.rng.uniform(0, self.rng.choice((0.005, 0.2))))
        self.server.check_alive()
        self.server.kill()
        moment = " while starting" if while_starting else ""
        if self.gateway is not None and number % 5 == 2:
            self.gateway.kill()
            self.gateway.start()
            moment += ", and the gateway"
        say(f"kill {number} of {self.kills}{moment}, {self.placed:,} orders placed")
        self.server.start()

    def open(self, until: int) -> None:
        with self.changed:
            self.open_until = until
            self.changed.notify_all()

    def await_placed(self, count: int) -> None:
        deadline = time.monotonic() + KILL_WAIT_LIMIT
        while True:
            with self.changed:
                if self.changed.wait_for(lambda: self.placed >= count or self.failures, timeout=0.5):
                    break
            self.server.check_alive()
            if time.monotonic() > deadline:
                raise Failed(f"{self.placed:,} of {count:,} orders were placed in {KILL_WAIT_LIMIT:.0f} s")
        if self.failures:
            raise Failed(first(self.failures))

    def client(self) -> None:
        while (order := self.next_order()) is not None:
            try:
                self.place(order)
                if order.repeated:
                    self.place(order)
            except (Failed, KeyError, TypeError) as failure:
                with self.changed:
                    self.failures.append(f"{type(failure).__name__}: {failure}")
                    self.changed.notify_all()
                return
            with self.changed:
                self.placed += 1
                self.changed.notify_all()

    def next_order(self) -> Order | None:
        with self.changed:
            self.changed.wait_for(lambda: self.ended or self.begun < self.open_until or self.begun == len(self.orders))
            if self.ended or self.begun == len(self.orders):
                return None
            self.begun += 1
            return self.orders[self.begun - 1]

    def place(self, order: Order) -> None:
        """Sends an order with its key until it is answered 201; the answer must name the same order every time."""
        deadline = time.monotonic() + ORDER_LIMIT
        while not self.ended:
            order.tries += 1
            try:
                status, answer = request(
                    self.server.order, "POST", "/orders", order.body, {"Idempotency-Key": order.key}
                )
            except (OSError, http.client.HTTPException) as error:
                status, answer = 0, repr(error)
            if status == 201:
                break
            if 0 < status < 500:
                raise Failed(f"order {order.key} was answered {status}: {answer}")
            if time.monotonic() > deadline:
                raise Failed(f"order {order.key} was not taken in {ORDER_LIMIT:.0f} s, at last {status}: {answer}")
            time.sleep(0.05)
        else:
            raise Failed("the test ended before all orders were placed")
        identity = (answer["orderId"], answer["sagaId"])
        if order.order_id and identity != (order.order_id, order.saga_id):
            raise Failed(f"key {order.key} gave {(order.order_id, order.saga_id)}, then {identity}")
        order.order_id, order.saga_id = identity
