import Tidings
import TidingsLog

extension BrokerState {
    /// An event that was taken: in memory, or to be read from the log.
    struct Taken {
        let receipt: Receipt
        let attempt: Int
        /// The batch's events, if they are held: a reference to all of them is cheaper than a copy of one.
        let events: [Envelope]
        let index: Int
        /// Where its record stands.
        let position: LogPosition

        init(_ entry: DeliveryQueue.Entry, by take: UInt64) {
            receipt = Receipt(sequence: entry.sequence, take: take)
            attempt = Int(entry.attempts)
            let batch = entry.batch
            index = Int(entry.sequence - batch.firstSequence)
            events = batch.events
            position = batch.position
        }
    }

    /// What a member got.
    struct Take {
        var taken: [Taken] = []
        /// What to wait for before anyone sees it.
        var ticket: LogTicket?
        /// How long nothing can change without a signal, where nothing was taken.
        var patience: Duration
        /// Whether more of the queue is to be brought into memory.
        var mustLoad: Bool
        /// Whether matching its history was interrupted and is to go on.
        var mustFillBack: Bool
    }

    /// Takes events from a queue. A member that has left gets nothing: what it had is given back before this or after.
    mutating func take(
        from queue: Int, atMost maximum: Int, for member: Membership, at now: Timestamp, _ log: Log
    ) throws -> Take {
        try checkOpen()
        try check(queue)
        try member.check()
        let visibility = queues[queue]?.visibility ?? .zero
        queues[queue]?.window.expire(at: now)
        let room = Self.outstandingLimit - (queues[queue]?.window.outstandingCount ?? 0)
        let (number, entries) =
            queues[queue]?.window.take(
                atMost: min(maximum, room), for: member.number, at: now, visibility: visibility) ?? (0, [])
        let patience = queues[queue]?.window.patience(at: now, visibility: visibility) ?? visibility
        var take = Take(
            patience: patience, mustLoad: beginLoading(queue),
            mustFillBack: durable.queues[queue]?.backfill != nil && queues[queue]?.isFillingBack == false)
        guard !entries.isEmpty else {
            // Where there is still no room, they stay where they are.
            if !unrecorded.isEmpty { try? appendUnrecorded(log) }
            return take
        }
        let sequences = SequenceRuns(entries.lazy.map(\.sequence))
        let record = BrokerRecord.Sequences(queue: UInt32(queue), sequences: sequences)
        do {
            take.ticket = try append(record.encoded(as: .take), urgency: .write, log)
        } catch {
            // Nobody sees them, so the attempt was none.
            queues[queue]?.window.undo(number)
            if take.mustLoad { queues[queue]?.isLoading = false }
            throw error
        }
        durable.take(sequences, from: queue)
        if queues[queue]?.window.hasReady == true { queues[queue]?.signal.signal() }
        take.taken.reserveCapacity(entries.count)
        for entry in entries {
            take.taken.append(Taken(entry, by: number))
            uncache(entry)
        }
        return take
    }

    /// Settles deliveries and returns the receipts that were not in force.
    mutating func settle(
        _ settlements: [Settlement], in queue: Int, at now: Timestamp, _ log: Log
    ) throws -> [Receipt] {
        try checkOpen()
        try check(queue)
        guard let settled = queues[queue]?.window.settle(settlements, at: now) else { return [] }
        let acknowledged = SequenceRuns(sorting: settled.acknowledged)
        let released = SequenceRuns(sorting: settled.released)
        durable.acknowledge(acknowledged, in: queue)
        durable.release(released, to: queue)
        if queues[queue]?.window.hasReady == true { queues[queue]?.signal.signal() }
        try record(acknowledged, as: .acknowledge, of: queue, log)
        try record(released, as: .release, of: queue, log)
        return settled.stale
    }

    /// Gives back what a member has out.
    mutating func leave(_ queue: Int, _ member: UInt64, at now: Timestamp, _ log: Log) throws {
        queues[queue]?.members -= 1
        let receipts = queues[queue]?.window.receipts(of: member) ?? []
        _ = try settle(receipts.map(Settlement.release), in: queue, at: now, log)
    }

    /// Stages what became of deliveries. It holds already: where the log has no room, it is staged later, and a crash
    /// before that means redelivery.
    private mutating func record(
        _ sequences: SequenceRuns, as kind: BrokerRecord.Kind, of queue: Int, _ log: Log
    ) throws {
        guard !sequences.isEmpty else { return }
        let record = BrokerRecord.Sequences(queue: UInt32(queue), sequences: sequences).encoded(as: kind)
        do throws(LogError) {
            _ = try append(record, urgency: .lazy, log)
        } catch {
            guard [.full, .overloaded].contains(error.code) else { throw error }
            unrecorded.append(record)
        }
    }

    func depth(of queue: Int) throws -> QueueDepth {
        try check(queue)
        guard let window = queues[queue]?.window, let state = durable.queues[queue] else {
            return QueueDepth(pending: 0, inFlight: 0, oldest: nil)
        }
        return QueueDepth(
            pending: state.unsettled.count - window.outstandingCount - unshown(of: state),
            inFlight: window.outstandingCount, oldest: oldest(of: state, window))
    }

    /// How many events of a queue are staged and not durable.
    private func unshown(of state: QueueState) -> Int {
        state.unsettled.count(in: lastShown + 1..<max(durable.nextSequence, lastShown + 1))
    }

    /// When the oldest event was published; to the stretch of the log where it is not in memory.
    private func oldest(of state: QueueState, _ window: DeliveryQueue) -> Timestamp? {
        guard let first = state.unsettled.first, first <= lastShown else { return nil }
        if let oldest = window.oldest, oldest.sequence == first { return oldest.batch.time }
        return durable.marks.index(before: first).map { durable.marks[$0].time } ?? durable.lastTime
    }
}
