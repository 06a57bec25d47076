import Tidings
import TidingsLog
import TidingsRouting

extension BrokerState {
    /// Which earlier events a new group wants, from its start.
    func history(from start: Subscription.Start) -> BrokerRecord.Group.History? {
        guard let oldest = durable.marks.first(from: historyStart) else { return nil }
        switch start {
        case .latest: return nil
        case .earliest: return BrokerRecord.Group.History(start: oldest.sequence, since: oldest.time)
        case .time(let time):
            let mark = durable.marks.index(before: time).map { durable.marks[$0] } ?? oldest
            return BrokerRecord.Group.History(start: max(mark.sequence, oldest.sequence), since: time)
        }
    }

    /// Whether history is to be matched for a queue; the caller must do so then.
    mutating func beginBackfill(_ queue: Int) -> Bool {
        guard durable.queues[queue]?.backfill != nil, queues[queue]?.isFillingBack == false else { return false }
        queues[queue]?.isFillingBack = true
        return true
    }

    mutating func endBackfill(_ queue: Int) { queues[queue]?.isFillingBack = false }

    /// The next stretch of history that is to be matched for a queue.
    struct BackfillPlan {
        let queue: UInt32
        let pattern: EventPattern
        let range: Range<UInt64>
        let since: Timestamp
        let start: LogPosition
    }

    /// How many events are matched before what was found is written down.
    private static let backfillCount: UInt64 = 10_000

    func planBackfill(_ queue: Int) -> BackfillPlan? {
        guard failure == nil, let backfill = durable.queues[queue]?.backfill,
            let mark = durable.marks.index(before: backfill.next) ?? (durable.marks.first != nil ? 0 : nil)
        else { return nil }
        return BackfillPlan(
            queue: UInt32(queue), pattern: backfill.pattern,
            range: backfill.next..<min(backfill.end, backfill.next + Self.backfillCount), since: backfill.since,
            start: durable.marks[mark].position)
    }

    /// Writes down what a stretch of history holds for a queue.
    mutating func finishBackfill(_ plan: BackfillPlan, _ matched: SequenceRuns, _ log: Log) throws -> Signal? {
        let queue = Int(plan.queue)
        guard durable.queues[queue]?.backfill?.next == plan.range.lowerBound else { return nil }
        let record = BrokerRecord.Backfill(
            next: plan.range.upperBound, matched: BrokerRecord.Sequences(queue: plan.queue, sequences: matched))
        _ = try append(record.encoded(), urgency: .lazy, log)
        durable.fill(queue, with: matched, upTo: plan.range.upperBound)
        return queues[queue]?.signal
    }
}
