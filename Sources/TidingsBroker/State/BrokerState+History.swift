import Tidings
import TidingsRouting

extension BrokerState {
    /// Which earlier events a new group gets, by where it starts.
    func history(from start: Subscription.Start, at now: Timestamp) -> BrokerRecord.Group.History? {
        guard let whole = durable.marks.first(from: historyStart)?.sequence ?? durable.marks.first?.sequence else {
            return nil
        }
        // Before what the log holds whole there is what archives keep.
        let archived = groups.values.lazy.filter(\.durable.isArchive).compactMap(\.durable.unsettled.first).min()
        let oldest = min(whole, archived ?? whole)
        switch start {
        case .latest: return nil
        case .earliest: return BrokerRecord.Group.History(start: oldest, since: Timestamp(microseconds: 0))
        case .time(let time):
            let mark = durable.marks.index(before: time, at: now).map { durable.marks[$0].sequence } ?? oldest
            return BrokerRecord.Group.History(start: max(mark, oldest), since: time)
        }
    }

    /// What of a range a new group may get: all, or what archives keep if the log does not hold it whole.
    /// - Returns: How far that goes, and which events, if not all.
    private func matchable(_ range: Range<UInt64>, of group: GroupID) -> (end: UInt64, archived: SequenceSet?) {
        guard let whole = groups[group].live.wholeFrom, range.lowerBound < whole else {
            return (range.upperBound, nil)
        }
        let end = min(range.upperBound, whole)
        var archived = SequenceSet()
        for archive in groups.values.lazy.map(\.durable) where archive.isArchive {
            var next = archive.unsettled.next(from: range.lowerBound)
            while let sequence = next, sequence < end {
                archived.insert(sequence)
                next = archive.unsettled.next(from: sequence + 1)
            }
        }
        return (end, archived)
    }

    // MARK: Matching

    /// How many events are matched before what was found is written.
    private static let backfillCount: UInt64 = 10_000

    /// The next stretch of history that is to be matched for a group.
    struct BackfillPlan: Sendable {
        let group: GroupID
        let pattern: EventPattern
        let range: Range<UInt64>
        let since: Timestamp
        let start: RecordPosition
        /// The only events that count; nil for all.
        let archived: SequenceSet?
    }

    /// Begins to match history for a group that has just been made or recovered.
    mutating func beginMatchingHistory(_ group: GroupID) throws(TidingsError) -> GroupActions {
        try check(group)
        return groups[group].beginMatchingHistory()
    }

    /// Matching has come to its end, or is interrupted until the next take.
    mutating func endMatchingHistory(_ group: GroupID) {
        if groups.contains(group) { groups[group].live.isMatchingHistory = false }
    }

    /// The stretch that follows; nil if none is left.
    func planBackfill(_ group: GroupID) -> BackfillPlan? {
        guard failure == nil, groups.contains(group), let backfill = groups[group].durable.backfill,
            let mark = durable.marks.index(before: backfill.next) ?? (durable.marks.first != nil ? 0 : nil)
        else { return nil }
        let (end, archived) = matchable(
            backfill.next..<min(backfill.end, backfill.next + Self.backfillCount), of: group)
        return BackfillPlan(
            group: group, pattern: backfill.pattern, range: backfill.next..<end, since: backfill.since,
            start: durable.marks[mark].position, archived: archived)
    }

    /// - Returns: The record of what a stretch holds; nil if the group was removed, or the stretch is not the next one.
    func proposeBackfill(_ plan: BackfillPlan, _ matched: SequenceRuns) -> [UInt8]? {
        guard groups.contains(plan.group), groups[plan.group].durable.backfill?.next == plan.range.lowerBound else {
            return nil
        }
        return BrokerRecord.Backfill(
            next: plan.range.upperBound, matched: BrokerRecord.Sequences(group: plan.group, sequences: matched)
        ).encoded()
    }

    mutating func commit(_ plan: BackfillPlan, _ matched: SequenceRuns) -> GroupActions {
        groups[plan.group].durable.fill(matched, upTo: plan.range.upperBound)
        for run in matched.runs { groups[plan.group].live.absent?.insert(run) }
        return .wakeMembers
    }

    // MARK: Reading

    /// Where to begin to read events, and the last one that may be shown; nil if there are none.
    typealias HistoryPlan = (start: RecordPosition, last: UInt64)?

    /// Plans to read the events behind a sequence.
    func planHistory(after sequence: UInt64) throws(TidingsError) -> HistoryPlan {
        try checkOpen()
        return sequence < lastShown ? planHistory(at: durable.marks.index(before: sequence + 1)) : nil
    }

    /// Plans to read the events from a time on.
    func planHistory(from time: Timestamp, at now: Timestamp) throws(TidingsError) -> HistoryPlan {
        try checkOpen()
        return planHistory(at: durable.marks.index(before: time, at: now))
    }

    private func planHistory(at mark: Int?) -> HistoryPlan {
        (mark.map { durable.marks[$0] } ?? durable.marks.first).map { ($0.position, lastShown) }
    }

    // MARK: Checkpoints

    /// The state as a checkpoint, whose record is the last that was staged.
    package func checkpoint(at position: RecordPosition) -> Checkpoint {
        // If the older events were removed, those that the log still holds count.
        let mark = durable.marks.index(before: duplicates.start).map { durable.marks[$0] } ?? durable.marks.first
        return Checkpoint(position: position, duplicatesFrom: mark?.position ?? position, state: durable.snapshot)
    }

    /// Whether the oldest segment is complete and older than a retention.
    func hasExpiredSegment(_ retention: Duration, at now: Timestamp) -> Bool {
        guard let first = durable.marks.first, let end = durable.marks.timeBehind(first.position.segment, at: now)
        else {
            return false
        }
        return now - end > retention
    }

    /// Whether the oldest file of the log is there for a group, among others, and not the last one: what the group settles may
    /// bring room back, and nothing else does.
    package func holdsUpRoom(_ group: GroupID) -> Bool {
        func segment(of sequence: UInt64) -> UInt64? {
            durable.marks.index(before: sequence).map { durable.marks[$0].position.segment }
        }
        guard groups.contains(group), let own = groups[group].durable.oldest.flatMap(segment),
            let last = segment(of: durable.nextSequence - 1), own < last
        else { return false }
        return groups.least { $0.durable.oldest }.flatMap(segment) == own
    }

    /// Drops the marks of segments that are about to be removed. No new group starts before those that are kept whole.
    mutating func forgetHistory(removedBefore firstNeeded: UInt64, wholeFrom firstKept: UInt64) {
        durable.forgetSegments(before: firstNeeded)
        historyStart = max(historyStart, firstKept)
    }
}
