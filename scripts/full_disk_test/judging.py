"""What must hold besides what the torture test checks."""

from __future__ import annotations

import statistics

from crash_test.checks import Checks
from crash_test.report import Failed, say
from full_disk_test.run import BY_ITSELF, OPENING, RECOVERY, RECOVERY_LIMIT, SILENCE, FullDisk
from torture_test.ending import check_all
from torture_test.history import REFUSALS

MIB = 1 << 20
# What may come to the memory from the second quarter of a long life to its last.
SHARE, SLACK = 0.05, 4 * MIB
# The duplicates of two minutes are remembered, 32 bytes for each event and up to twice as much in tables that grow by
# doubling: in a shorter life they do not come to their full number early enough.
LEAST_LIFE = 300.0
ACCEPTED_LIMIT = 30.0
# How often in ten minutes, at least
LEAST = {
    "taken": 240, "felt": 120, "refused takes": 10, "kills while full": 20, "openings while full": 20,
    "recovered in silence": 5,
}  # fmt: skip


def judge(run: FullDisk) -> Checks:
    """Consumes everything, publishes once more, and says of each statement whether it held."""
    run.is_greedy = False
    run.disk.give_back()
    run.lives_on = False
    checks = check_all(run)
    counts, violations = run.seen.counts, run.history.violations
    times = run.seen.recoveries
    took = f"median {statistics.median(times):.2f} s, max {max(times):.2f} s" if times else "never"
    checks.add(
        f"all went on and was well within {RECOVERY_LIMIT:.0f} s of room ({len(times)} times, {took})",
        violations.of(RECOVERY),
    )
    checks.add(
        f"{SILENCE:.0f} s after room came without a publish, the first of each publisher was accepted "
        f"({counts['recovered in silence']} times)",
        violations.of(BY_ITSELF),
    )
    checks.add(
        f"a folder opens on a full disk or says why not, and opens when there is room ({counts['openings while full']} "
        f"while full, {counts['openings that were refused']} refused)",
        violations.of(OPENING),
    )
    checks.add(
        f"what was refused was refused for want of room ({counts['refusals']:,} publishes, {counts['refused takes']:,} takes)",
        violations.of(REFUSALS),
    )
    check_hazards(run, checks)
    check_memory(run, checks)
    if not violations.any:
        checks.add("when all is drained and opened once more, every publisher is accepted", publish_once_more(run))
    return checks


def check_hazards(run: FullDisk, checks: Checks) -> None:
    share = min(1.0, run.options.seconds / 600)
    counts = run.seen.counts
    least = {name: int(number * share) for name, number in LEAST.items()}
    wrong = [f"{name}: {counts[name]}, not {number}" for name, number in least.items() if counts[name] < number]
    shown = ", ".join(f"{name}: {counts[name]}" for name in LEAST)
    checks.add(f"the disk was full often enough ({shown})", wrong)


def check_memory(run: FullDisk, checks: Checks) -> None:
    """The medians of the second and the last quarter of the life of the last process, which is most of the time."""
    samples = run.seen.memory
    if not samples:
        return
    first, last = samples[0][0], samples[-1][0]
    quarters: list[list[int]] = [[] for _ in range(4)]
    for age, memory in samples:
        quarters[min(3, int(4 * (age - first) / max(last - first, 1)))].append(memory)
    if not all(quarters):
        return
    medians = [statistics.median(quarter) for quarter in quarters]
    shown = ", ".join(f"{median / MIB:.1f}" for median in medians)
    say(
        f"resident memory in the quarters of the last life: {shown} MiB; at most {max(m for _, m in samples) / MIB:.1f}"
    )
    growth, allowed = medians[3] - medians[1], SHARE * medians[1] + SLACK
    if last - first < LEAST_LIFE:
        say(f"the life of {last - first:.0f} s is too short to judge its memory")
        return
    checks.add(
        f"memory is flat: from the second to the last quarter of {last - first:.0f} s {growth / MIB:+.1f} MiB, at most "
        f"{allowed / MIB:.1f}",
        [f"it grew by {growth / MIB:.1f} MiB"] if growth > allowed else [],
    )


def publish_once_more(run: FullDisk) -> list[str]:
    run.open_with_room()
    publishers = run.options.publishers
    if not run.watch(ACCEPTED_LIMIT, until=lambda: len(run.engine.tail.answered) == publishers):
        return [f"only publishers {sorted(run.engine.tail.answered)} were answered in {ACCEPTED_LIMIT:.0f} s"]
    run.end_run()
    if run.history.violations.any:
        raise Failed(f"something is wrong in the end: {run.history.violations.found}")
    return []
