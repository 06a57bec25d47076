"""The orders that the tests place, and the stock there is for them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

UNIT_PRICE = "9.99"
SCARCE, SCARCE_STOCK = "scarce", 20
INITIAL_STOCK = {**{f"p-{number}": 1000 for number in range(1, 11)}, SCARCE: SCARCE_STOCK}


@dataclass
class Order:
    """One order as it was planned, and what the service answered."""

    key: str
    items: list[tuple[str, int]]
    repeated: bool
    order_id: str = ""
    saga_id: str = ""
    tries: int = 0

    @property
    def total(self) -> Decimal:
        return sum((quantity * Decimal(UNIT_PRICE) for _, quantity in self.items), Decimal(0))

    @property
    def body(self) -> dict[str, Any]:
        items = [{"productId": name, "quantity": count, "unitPrice": UNIT_PRICE} for name, count in self.items]
        return {"customerId": f"c-{self.key}", "items": items}


def plan_orders(count: int, seed: int, rng: random.Random) -> list[Order]:
    """Mostly orders of what is there; every tenth of the scarce product, every twenty-fifth of one nobody knows.

    Of these, every second also holds a product that is there, which must then not stay reserved.
    """
    known = [name for name in INITIAL_STOCK if name != SCARCE]
    orders = []
    for number in range(count):
        items = [(name, rng.randint(1, 3)) for name in rng.sample(known, rng.randint(1, 2))]
        if number % 10 == 5:
            items = [*items[: rng.randint(0, 1)], (SCARCE, 2)]
        elif number % 25 == 7:
            items = [*items[: rng.randint(0, 1)], ("unknown", 1)]
        orders.append(Order(key=f"crash-test-{seed}-{number}", items=items, repeated=rng.random() < 0.05))
    return orders
