import Synchronization
import Tidings

/// Where a consumer group's events are: what it got is done, waits or is out, and nothing else.
///
/// The ledger of the specification's queues; its other terms (delayed, dead, expired, purged, replayed, redriven) come
/// with what makes them.
public struct QueueLedger: Sendable, Hashable {
    /// How many events the group got since it was made.
    public let published: Int
    /// How many of them are done.
    public let acknowledged: Int
    /// How many wait to be taken, counted by walking the queue.
    public let pending: Int
    /// How many are out, counted by walking the queue.
    public let inFlight: Int
    /// How many are not done, counted in the durable state.
    let unsettled: Int

    /// Whether nothing is missing and nothing is there twice.
    public var isBalanced: Bool {
        published == acknowledged + pending + inFlight && unsettled == pending + inFlight
    }
}

extension BrokerState {
    /// Counts a queue's events one by one.
    func ledger(of queue: Int) throws(TidingsError) -> QueueLedger {
        try check(queue)
        guard let live = queues[queue], let state = durable.queues[queue] else {
            throw TidingsError(.closed, "the consumer group was removed")
        }
        var pending = 0
        live.window.forEachPending { _ in pending += 1 }
        // On the disk, or on its way there.
        let firstAbsent = live.firstUnloaded ?? lastShown + 1
        pending += state.unsettled.count(in: firstAbsent..<max(durable.nextSequence, firstAbsent))
        return QueueLedger(
            published: Int(state.published), acknowledged: Int(state.acknowledged), pending: pending,
            inFlight: live.window.outstandingCount, unsettled: state.unsettled.countedMembers)
    }

    /// What someone should look at.
    func alarms(backlogAbove limit: Int) -> [String] {
        var alarms: [String] = []
        for (number, queue) in durable.queues.enumerated() {
            guard let queue else { continue }
            if queue.unsettled.count > limit {
                let oldest = (try? depth(of: number).oldest).flatMap { $0.map { " since \($0)" } } ?? ""
                alarms.append("group \(queue.name) has \(queue.unsettled.count) events that are not done\(oldest)")
            }
            if let ledger = try? ledger(of: number), !ledger.isBalanced {
                alarms.append("the counts of group \(queue.name) do not add up: \(ledger)")
            }
        }
        return alarms
    }

    /// Lets a queue lose an event, as no fault should; for the test that sees the alarm.
    mutating func lose(_ sequence: UInt64, of group: String) {
        guard let queue = durable.queueByName[group], let entries = queues[queue]?.window else { return }
        var rest = DeliveryQueue()
        entries.forEachPending { entry in if entry.sequence != sequence { rest.add(entry) } }
        queues[queue]?.window = rest
    }
}

extension EmbeddedEventBus {
    /// Counts the events of a consumer group, one by one.
    /// - Throws: `TidingsError` with code `invalid` where there is no such group.
    public func ledger(of group: String) async throws -> QueueLedger {
        try state.withLock { state in
            try state.checkOpen()
            guard let queue = state.durable.queueByName[group] else {
                throw TidingsError(.invalid, "there is no consumer group \(group)")
            }
            return try state.ledger(of: queue)
        }
    }

    /// Lets a group lose an event that waits, as no fault should; for the test that sees the alarm.
    package func lose(_ sequence: UInt64, of group: String) { state.withLock { $0.lose(sequence, of: group) } }
}
