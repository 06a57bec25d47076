import Dispatch
import Synchronization
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
        guard failure == nil, let state = durable.queues[queue], let backfill = state.backfill,
            let mark = durable.marks.index(before: backfill.next) ?? (durable.marks.first != nil ? 0 : nil)
        else { return nil }
        return BackfillPlan(
            queue: UInt32(queue), pattern: state.pattern,
            range: backfill.next..<min(backfill.end, backfill.next + Self.backfillCount), since: backfill.since,
            start: durable.marks[mark].position)
    }

    /// Writes down what a stretch of history holds for a queue.
    mutating func finishBackfill(_ plan: BackfillPlan, _ matched: [UInt64], _ log: Log) throws -> Signal? {
        let queue = Int(plan.queue)
        guard durable.queues[queue]?.backfill?.next == plan.range.lowerBound else { return nil }
        let record = BrokerRecord.Backfill(
            next: plan.range.upperBound, matched: BrokerRecord.Sequences(queue: plan.queue, sequences: matched))
        _ = try append(record.encoded(), urgency: .lazy, log)
        durable.fill(queue, with: matched, upTo: plan.range.upperBound)
        return queues[queue]?.signal
    }
}

extension EmbeddedEventBus {
    /// Matches for a new group what was published before it was made, a stretch after the other, until none is left.
    func fillBack(_ queue: Int) {
        guard state.withLock({ $0.beginBackfill(queue) }) else { return }
        DispatchQueue.global().async { [weak self] in self?.runBackfill(queue) }
    }

    private func runBackfill(_ queue: Int) {
        do {
            while let plan = state.withLock({ $0.planBackfill(queue) }) {
                let matched = try match(plan)
                try state.withLock { try $0.finishBackfill(plan, matched, log) }?.signalAll()
            }
        } catch let error as LogError where [.closed, .full, .overloaded].contains(error.code) {
            // Closing, or no room: it goes on when the bus is opened, or the group joined, again.
            state.withLock { $0.endBackfill(queue) }
        } catch {
            fail(TidingsError(bus: error))
        }
    }

    private func match(_ plan: BrokerState.BackfillPlan) throws -> [UInt64] {
        var routes = EventRoutes<UInt32>()
        routes.set(plan.pattern, for: plan.queue)
        var matched: [UInt64] = []
        _ = try log.scan(from: plan.start) { _, record in
            var isDone = false
            try PublishLayout.forEachEvent(in: record) { entry in
                isDone = entry.sequence >= plan.range.upperBound
                guard !isDone else { return false }
                guard plan.range.contains(entry.sequence), entry.time >= plan.since else { return true }
                if !routes.matches(try entry.event(in: record)).isEmpty { matched.append(entry.sequence) }
                return true
            }
            return !isDone
        }
        return matched
    }
}
