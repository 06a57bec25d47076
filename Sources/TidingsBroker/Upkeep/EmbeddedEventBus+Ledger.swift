import Synchronization
import Tidings

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

    /// What someone should look at, group by group, so that nobody waits for all of them to be counted.
    func alarms() -> [String] {
        let now = environment.now()
        return (0..<state.withLock { $0.queues.count }).flatMap { queue in
            state.withLock { $0.alarms(of: queue, at: now, options) }
        }
    }

    /// What the events that are held in memory take there, about: never more than ``EmbeddedOptions/cacheBytes``.
    package var heldByteCount: Int { state.withLock { $0.cache.byteCount } }

    /// Lets a group lose an event that waits, as no fault should; for the test that sees the alarm.
    package func lose(_ sequence: UInt64, of group: String) { state.withLock { $0.lose(sequence, of: group) } }
}
