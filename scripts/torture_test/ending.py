"""What must hold when all groups have consumed all there was."""

from __future__ import annotations

from crash_test.checks import Checks
from torture_test.groups import ATTEMPTS, ORDER, PATTERNS, RECEIPTS, SETTLED, Group
from torture_test.history import (
    ALARMS,
    DELIVERED,
    GROUPS,
    HISTORY,
    LATEST,
    LEDGERS,
    LEFT,
    NOTHING_NEW,
    History,
    Ledger,
    Run,
)
from torture_test.publishing import ATOMIC, IDENTITY, PUBLISHED, SEQUENCES
from torture_test.torture import RECLAIMING_KILLS, Torture


def check_all(torture: Torture) -> Checks:
    """Consumes everything, opens once more, and says of each statement whether it held."""
    history, due, reclaimed, missing = torture.history, 0, "", []
    is_reclaiming = torture.kills >= RECLAIMING_KILLS and not history.violations.any
    if not history.violations.any:
        first, second = torture.drain("drain"), torture.drain("second drain")
        history.violations.where = "in the end"
        check_sequences(history)
        numbers = [int(path.stem) for path in torture.engine.segments()]
        guaranteed = guaranteed_history(torture, numbers[-1])
        due = sum(check_group(history, group, guaranteed) for group in history.alive)
        check_final_ledgers(history, first)
        check_nothing_new(history, first, second)
        compacted = len(torture.engine.compacted)
        reclaimed = f"{numbers[0] - 1:,} segments removed, {compacted:,} seen compacted, {len(numbers)} there"
        if numbers[0] == 1:
            missing.append("no segment was removed")
        if not compacted:
            missing.append("no segment was seen compacted")
    checks = state(torture, due)
    if is_reclaiming:
        checks.add(f"space was reclaimed all the while ({reclaimed})", missing)
    return checks


def guaranteed_history(torture: Torture, segments: int) -> int:
    """How many of the latest events are history for certain.

    Whole segments are kept up to a number of bytes, but for the one by which there are more, and the two at the end may
    be empty. The events of some segments are up to four times as dense as those of others.
    """
    engine = torture.engine
    bytes_each = segments * engine.segment_bytes / max(1, torture.history.publishing.highest)
    return int((engine.retention_bytes - 3 * engine.segment_bytes) / (4 * bytes_each))


def state(torture: Torture, due: int) -> Checks:
    """Every statement, with its numbers."""
    history, checks = torture.history, Checks()
    publishing, groups = history.publishing, list(history.groups.values())
    count = {name: sum(getattr(group, name) for group in groups) for name in ("deliveries", "durable", "came_back")}
    statements = {
        ALARMS: f"the engine never gave up and raised no alarm ({torture.early_kills} kills while it opened)",
        DELIVERED: f"every acknowledged event came to every group that wanted it ({publishing.acknowledged:,} events, "
        f"{due:,} due to {len(history.alive)} groups)",
        PUBLISHED: f"nothing came that was not sent, or not as it was ({count['deliveries']:,} deliveries)",
        PATTERNS: "no group got what it did not ask for",
        IDENTITY: f"each event has one sequence, each sequence one event ({publishing.resent:,} sent again without an "
        f"answer, {publishing.recognised:,} of them known)",
        ATOMIC: f"every request was published whole or not at all ({publishing.requests:,} answered)",
        SEQUENCES: f"sequences rise without a gap (to {publishing.highest:,})",
        ORDER: "no event overtook another of its key in any group",
        SETTLED: f"what was acknowledged and written never came back ({count['durable']:,} acknowledged; "
        f"{count['came_back']:,} came back that were not written)",
        ATTEMPTS: "attempts rise with each delivery, and stay with a release",
        RECEIPTS: "no receipt was refused",
        GROUPS: f"groups that were joined stay, those that were removed are gone ({len(groups)} groups)",
        HISTORY: "groups that begin with the earliest event got all from their first one on, and enough of it",
        LATEST: "groups that begin with the latest event got nothing from before",
        LEDGERS: f"every ledger is balanced and agrees with the journals ({history.ledgers_seen:,} ledgers)",
        LEFT: f"in the end nothing is pending or out ({history.depths_seen} depths)",
        NOTHING_NEW: "opened once more, nothing is to be consumed and the ledgers are the same",
    }
    for name, statement in statements.items():
        checks.add(statement, history.violations.of(name))
    return checks


def check_sequences(history: History) -> None:
    """No sequence without an event, no acknowledged event without a sequence."""
    publishing, violations = history.publishing, history.violations
    for sequence in range(1, publishing.highest + 1):
        if not publishing.events[sequence]:
            violations.add(SEQUENCES, f"nothing has the sequence {sequence}")
    for one in publishing.publishers:
        for number in range(one.acknowledged):
            if not one.sequences[number]:
                violations.add(IDENTITY, f"{one.number}-{number} was acknowledged and has no sequence")


def check_group(history: History, group: Group, guaranteed: int) -> int:
    """Whether a group got all it had to get, of history at least what is guaranteed. Returns how many events that is."""
    publishing, violations = history.publishing, history.violations
    length = len(group.attempts)
    joined = group.sent_when_joined or [0] * len(publishing.publishers)
    before = group.acknowledged_at_first_join or joined
    is_earliest, is_latest = group.name.startswith("earliest"), group.name.startswith("latest")
    start = publishing.highest + 1
    if is_earliest:
        start = next((sequence for sequence in range(1, length) if group.attempts[sequence]), start)
        latest_start = max(1, group.highest_at_join - guaranteed)
        start = min(start, latest_start)
    due = 0
    for sequence in range(1, publishing.highest + 1):
        event = publishing.event(sequence)
        if event is None or not group.wants(*event):
            continue
        publisher, number = event
        is_delivered = sequence < length and group.attempts[sequence] > 0
        if is_latest and number < before[publisher] and is_delivered:
            violations.add(LATEST, f"{group.name} got {sequence}, which was acknowledged before it was joined")
        if number >= joined[publisher] or sequence >= start:
            due += 1
            if not is_delivered:
                statement = DELIVERED if number >= joined[publisher] else HISTORY
                violations.add(statement, f"{group.name} never got {publisher}-{number}, sequence {sequence}")
    return due


def check_final_ledgers(history: History, run: Run) -> None:
    """What the ledgers say in the end is what was delivered."""
    ledgers: dict[str, Ledger] = run.ledgers[-1] if run.ledgers else {}
    for group in history.alive:
        ledger = ledgers.get(group.name)
        if ledger is None:
            history.violations.add(LEDGERS, f"{group.name} has no ledger in the end")
        elif not ledger.published == ledger.acknowledged == group.delivered or ledger.pending or ledger.in_flight:
            history.violations.add(LEDGERS, f"{group.name} got {group.delivered} events, and its ledger is {ledger}")


def check_nothing_new(history: History, first: Run, second: Run) -> None:
    """Opened once more after a good end, there is nothing to consume and the ledgers are as they were."""
    if second.deliveries:
        history.violations.add(NOTHING_NEW, f"{second.deliveries} deliveries")
    if second.ledgers[-1:] != first.ledgers[-1:]:
        history.violations.add(NOTHING_NEW, f"the ledgers are {second.ledgers[-1:]} and were {first.ledgers[-1:]}")
