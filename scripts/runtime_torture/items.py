"""The items that clients send, and the troubles that some of them bring."""

from __future__ import annotations

import http.client
import math
import random
import threading
import time
from dataclasses import dataclass

from runtime_torture.process import Process

ALWAYS = 99

# How often each trouble comes in ten minutes, and in the short form; more often than it has to be felt
TROUBLES = {
    f"ledger:kill:{ALWAYS}": (2, 1),
    f"ledger:fail-and-kill:{ALWAYS}": (1, 0),
    f"post:kill:{ALWAYS}": (1, 0),
    "ledger:kill:1": (5, 1),
    "post:kill:2": (4, 0),
    "timer:kill:1": (6, 1),
    "ledger:fail:2": (30, 4),
    f"ledger:fail:{ALWAYS}": (20, 2),
    "post:fail:1": (15, 2),
    f"post:fail:{ALWAYS}": (8, 1),
    "post:outage:2": (24, 3),
    "post:slow:1": (32, 4),
    "post:hang:1": (32, 6),
    f"post:hang:{ALWAYS}": (2, 0),
    "post:stuck:1": (30, 3),
    "ship:refuse:1": (40, 5),
    "ship:silent:1": (24, 3),
    "unpack:deaf:1": (24, 3),
}


@dataclass(frozen=True)
class Item:
    number: int
    key: str
    trouble: str
    units: int
    version: int
    ships: bool

    @property
    def cents(self) -> int:
        return 100 * self.units

    @property
    def place(self) -> str:
        return self.trouble.split(":")[0]

    @property
    def is_final(self) -> bool:
        """Whether its trouble never ends."""
        return self.trouble.endswith(f":{ALWAYS}")


def planned(seed: int, seconds: float, is_short: bool, share: float) -> list[tuple[float, str]]:
    """When which trouble comes, in seconds from the beginning.

    Killers come early, so that they end; what hangs comes behind them, for it is felt only by a process that lives on.
    """
    rng = random.Random(f"troubles {seed}")
    plan = []
    for trouble, counts in TROUBLES.items():
        for _ in range(counts[1] if is_short else math.ceil(counts[0] * share)):
            first, last = (0.02, 0.35) if "kill" in trouble else (0.35, 0.9) if "hang" in trouble else (0.02, 0.9)
            plan.append((rng.uniform(first, last) * seconds, trouble))
    return sorted(plan)


class Clients:
    """Several clients, each with keys of its own, that send one item after the other until it is taken."""

    def __init__(self, process: Process, seed: int, rate: float, plan: list[tuple[float, str]]) -> None:
        self.process, self.seed, self.plan = process, seed, plan
        self.count = 4
        self.rest = self.count / rate
        self.lock = threading.Lock()
        self.number = 0
        self.taken: dict[int, Item] = {}
        self.tries = 0
        self.wrong: list[str] = []
        self.ended = threading.Event()
        self.began = time.monotonic()
        self.threads = [
            threading.Thread(target=self.send_all, args=(client,), daemon=True) for client in range(self.count)
        ]

    def start(self) -> None:
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()

    def finish(self) -> None:
        """Lets all clients end with what they are sending."""
        self.ended.set()

    @property
    def is_finished(self) -> bool:
        return not any(thread.is_alive() for thread in self.threads)

    def send_all(self, client: int) -> None:
        while not self.ended.is_set() or self.plan:
            item = self.next(client)
            while not self.send(item):
                time.sleep(0.05)
            with self.lock:
                self.taken[item.number] = item
            self.ended.wait(self.rest * random.uniform(0.5, 1.5))

    def next(self, client: int) -> Item:
        with self.lock:
            self.number += 1
            number = self.number
            rng = random.Random(f"{self.seed} {number}")
            is_due = self.plan and (self.ended.is_set() or self.plan[0][0] <= time.monotonic() - self.began)
            trouble = self.plan.pop(0)[1] if is_due else "none"
        ships = rng.random() < 0.25 or trouble.split(":")[0] in ("ship", "unpack", "timer")
        return Item(number, f"{client}-{rng.randrange(6)}", trouble, rng.randint(1, 500), rng.choice((1, 2, 2)), ships)

    def send(self, item: Item) -> bool:
        with self.lock:
            self.tries += 1
        try:
            status, answer = self.process.request("desk", "POST", "/items", vars(item))
        except (OSError, http.client.HTTPException):
            return False
        if status != 200 and status < 500:
            self.wrong.append(f"item {item.number} was answered {status}: {answer}")
            return True
        return status == 200
