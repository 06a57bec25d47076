"""The payment gateway as a process of its own, and what its ledger says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from crash_test.report import Failed
from crash_test.server import START_LIMIT, free_ports

GATEWAY = Path(__file__).resolve().parent.parent / "payment-gateway"
TIMEOUT = 2.5  # seconds after which Orders gives up
LOSE, SILENT = 10, 50  # of so many calls one is lost in each direction, of so many charges one is never answered
LATE = 40  # of so many charges one is late; fewer in a long run, for each is waited for


class Gateway:
    """Loses one request and one answer in ten; its ledger outlives the process under test, and itself."""

    def __init__(self, folder: Path, seed: int, orders: int) -> None:
        self.ledger = folder / "ledger.jsonl"
        self.seed = seed
        self.late = max(LATE, orders // 10)
        self.starts = 0
        self.port = free_ports(1)[0]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {"PAYMENT_GATEWAY_URL": f"http://127.0.0.1:{self.port}", "PAYMENT_GATEWAY_SECONDS": str(TIMEOUT)}

    def start(self) -> None:
        numbers = {"port": self.port, "seed": self.seed + self.starts, "lose": LOSE, "late": self.late, "silent": SILENT}
        options = [f"--{name}={number}" for name, number in numbers.items()]
        self.starts += 1
        self.process = subprocess.Popen(
            [sys.executable, GATEWAY, f"--ledger={self.ledger}", f"--late-seconds={2 * TIMEOUT}", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        began = time.monotonic()
        if not self.process.stdout.readline() or time.monotonic() - began > START_LIMIT:
            raise Failed("the payment gateway did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ledger.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


class Books:
    """The ledger, added up."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.taken: Counter[str] = Counter()
        self.given_back: Counter[str] = Counter()
        self.held: dict[str, Decimal] = {}
        self.sums = {"taken": Decimal(0), "given_back": Decimal(0)}
        self.hazards: Counter[str] = Counter()
        self.refused = 0
        for entry in entries:
            kind = entry["entry"]
            if kind in self.sums:
                amount = Decimal(entry["amount"])
                self.sums[kind] += amount
                change = amount if kind == "taken" else -amount
                self.held[entry["key"]] = self.held.get(entry["key"], Decimal(0)) + change
                (self.taken if kind == "taken" else self.given_back)[entry["key"]] += 1
            elif kind == "hazard":
                self.hazards[f"{entry['what']} {entry['way']}"] += 1
            elif kind == "refused_as_closed":
                self.refused += 1
