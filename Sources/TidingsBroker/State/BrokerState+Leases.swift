package import Tidings

// What consumers of queues have out survives a restart: they may be elsewhere, and go on with it.
extension BrokerState {
    /// Says where those events of a queue are in the log that were out when an earlier process ended, and are still; nil if
    /// there are none.
    package func planRestoring(_ queue: GroupID, at now: Timestamp) throws(TidingsError) -> Reading? {
        let state = groups[queue].durable
        let out = state.leases.filter { state.unsettled.contains($0.key) && $0.value.left(at: now) != nil }
        return out.isEmpty ? nil : try reading(of: out.keys.sorted(), for: state.name)
    }

    /// Takes up what is out, as it was read from the log. Receipts are in force again; what only waits for its next attempt
    /// comes back when its time has come.
    mutating func restore(
        _ loaded: [PublishedBatch], unreadable: [UnreadableEvent], of queue: GroupID, at now: Duration, time: Timestamp
    ) {
        let ordersByKey = groups[queue].ordersByKey
        beginUse(of: queue)
        for event in unreadable where groups[queue].live.absent?.remove(event.sequence) == true {
            groups[queue].live.unreadable[event.sequence] = event
        }
        var takes: [UInt64: [(entry: DeliveryQueue.Entry, deadline: Duration)]] = [:]
        for batch in loaded {
            for (index, key) in batch.keys.enumerated() {
                let sequence = batch.firstSequence + UInt64(index)
                guard let lease = groups[queue].durable.leases[sequence], let left = lease.left(at: time),
                    groups[queue].live.absent?.remove(sequence) == true
                else { continue }
                let entry = DeliveryQueue.Entry(
                    sequence: sequence, key: ordersByKey ? key : 0,
                    attempts: groups[queue].durable.attempts(of: sequence), reference: batch)
                takes[lease.take, default: []].append((entry, now + left))
            }
            batch.dropKeys()
        }
        for (number, entries) in takes.sorted(by: { $0.key < $1.key }) {
            groups[queue].live.window.restore(entries, as: number == 0 ? nil : number)
        }
    }

    /// Takes up what was out of a queue without reading it, for tests of the state alone.
    package mutating func restore(_ reading: Reading, of queue: GroupID, at now: Duration, time: Timestamp) {
        let batches = reading.stretches.flatMap(\.sequences).map {
            PublishedBatch([], keys: [0], heldByteCount: 0, firstSequence: $0)
        }
        restore(batches, unreadable: [], of: queue, at: now, time: time)
    }

    /// Deliveries that can never succeed: their events go to the dead-letter queue of theirs.
    /// - Parameter receipts: At most ``removalLimit``.
    /// - Returns: What leaves, if any of them was in force, and the receipts that were not.
    package mutating func proposeRejection(
        _ receipts: [Receipt], because reason: String, in queue: GroupID, uptime: Duration, at now: Timestamp
    ) throws(TidingsError) -> (removal: Removal?, stale: [Receipt]) {
        try checkOpen()
        try check(queue)
        guard let letters = deadLetterQueue(of: queue) else {
            throw TidingsError(.unsupported, "\(groups[queue].durable.name) has no dead-letter queue")
        }
        expire(queue, uptime: uptime)
        let (entries, stale) = groups[queue].live.window.end(receipts, at: uptime)
        let removal =
            entries.isEmpty
            ? nil : move(entries, [], from: queue, to: letters, because: .death, at: now, reason: reason)
        return (removal, stale)
    }

    /// Where the dead letters of a queue go; nil for what has none.
    func deadLetterQueue(of queue: GroupID) -> GroupID? {
        groups[queue].durable.declaration?.deadLetters.flatMap { groups.contains($0) ? $0 : nil }
    }
}
