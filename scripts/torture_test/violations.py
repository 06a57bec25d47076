"""What was seen that must not be, by the statement that it refutes."""

from __future__ import annotations

KEPT = 200  # of each statement, so that what is badly broken does not fill the memory


class Violations:
    def __init__(self) -> None:
        self.where = ""  # what is looked at just now
        self.found: dict[str, list[str]] = {}

    def add(self, statement: str, what: str) -> None:
        wrong = self.found.setdefault(statement, [])
        if len(wrong) < KEPT:
            wrong.append(f"{self.where}: {what}")

    def of(self, statement: str) -> list[str]:
        return self.found.get(statement, [])

    @property
    def any(self) -> bool:
        return bool(self.found)
