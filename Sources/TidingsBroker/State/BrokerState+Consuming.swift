package import Tidings

extension BrokerState {
    /// Events that a member is about to get. They are in flight until the proposal is canceled.
    package struct TakeProposal {
        let group: GroupID
        /// The number of the take.
        let number: UInt64
        let entries: [DeliveryQueue.Entry]
        let sequences: SequenceRuns
        /// What a queue remembers of it; nil for a consumer group.
        let receipt: BrokerRecord.Receipt?
        /// How long nothing can change without a signal.
        let timeout: Duration

        /// The record to write; nil if there are no events.
        package var record: [UInt8]? {
            guard !entries.isEmpty else { return nil }
            return receipt?.encoded() ?? BrokerRecord.Sequences(group: group, sequences: sequences).encoded(as: .take)
        }
    }

    /// What a member got.
    package struct Take {
        package var events: [TakenEvent] = []
        /// How long the member may wait for a signal before it must look again, if it got nothing.
        package let timeout: Duration
        package let actions: GroupActions
    }

    /// An event that was taken: in memory, or to be read from the log.
    package struct TakenEvent: Sendable {
        package let receipt: Receipt
        package let attempt: Int
        /// The replay that brought it; nil if none did.
        package let replay: String?
        /// The events of its batch if they are in memory: a reference to all of them is cheaper than a copy of one.
        let events: [Envelope]
        let index: Int
        /// The position of its record.
        let position: RecordPosition

        init(_ entry: DeliveryQueue.Entry, by take: UInt64, replay: String?) {
            self.replay = replay
            receipt = Receipt(sequence: entry.sequence, take: take)
            attempt = Int(entry.attempts)
            let batch = entry.batch
            assert(entry.sequence - batch.firstSequence < batch.count, "an entry refers to the batch of its event")
            index = Int(entry.sequence - batch.firstSequence)
            events = batch.events
            position = batch.position
        }

        /// The event, unless it is to be read from the log.
        package var event: Envelope? { events.isEmpty ? nil : events[index] }
    }

    /// Takes events from a group, for a member that has not left.
    /// - Parameters:
    ///   - now: The uptime, which leases go by, as in all that follows.
    ///   - time: The wall clock's time.
    package mutating func proposeTake(
        from group: GroupID, atMost maximum: Int, for member: UInt64, at now: Duration, time: Timestamp
    ) throws(TidingsError) -> TakeProposal {
        try checkOpen()
        try check(group)
        let visibility = groups[group].live.visibility
        // Before the room is counted.
        expire(group, uptime: now)
        endWaiting(in: group, at: time)
        let (number, entries) = groups[group].live.window.take(
            atMost: min(maximum, groups[group].room), for: member, at: now, visibility: visibility)
        let sequences = SequenceRuns(entries.lazy.map(\.sequence))
        let receipt = BrokerRecord.Receipt(
            time: time, take: number, visibility: visibility,
            received: BrokerRecord.Sequences(group: group, sequences: sequences))
        return TakeProposal(
            group: group, number: number, entries: entries, sequences: sequences,
            receipt: groups[group].durable.declaration == nil ? nil : receipt,
            timeout: timeout(of: group, at: now, time: time))
    }

    /// How long a member that found nothing can wait for a signal before it has to look again.
    private func timeout(of group: GroupID, at now: Duration, time: Timestamp) -> Duration {
        let timeout = groups[group].live.window.waitTimeout(at: now, visibility: groups[group].live.visibility)
        return groups[group].live.timer.next.map { min(timeout, max($0 - time, .zero), BusLimits.clockCheck) }
            ?? timeout
    }

    /// - Parameter isRecorded: Whether the log has a record of it. Without one a restart does not know of the attempt.
    package mutating func commit(_ take: TakeProposal, isRecorded: Bool = true) -> Take {
        var actions = groups[take.group].beginLoading(loadCount, windowLimit: windowLimit)
        actions.formUnion(groups[take.group].beginMatchingHistory())
        guard !take.entries.isEmpty else { return Take(timeout: take.timeout, actions: actions) }
        if !isRecorded {
            for run in take.sequences.runs { groups[take.group].live.unrecorded.insert(run) }
        } else if let receipt = take.receipt {
            groups[take.group].durable.receive(receipt)
        } else {
            groups[take.group].durable.take(take.sequences)
        }
        if isRecorded, !groups[take.group].live.unrecorded.isEmpty {
            for run in take.sequences.runs { groups[take.group].live.unrecorded.remove(run) }
        }
        groups[take.group].live.repeatedReceives += take.entries.count { $0.attempts > 1 }
        actions.formUnion(groups[take.group].wakeAction)
        var events: [TakenEvent] = []
        events.reserveCapacity(take.entries.count)
        for entry in take.entries {
            events.append(
                TakenEvent(entry, by: take.number, replay: groups[take.group].durable.replay(of: entry.sequence)))
            uncache(entry)
        }
        return Take(events: events, timeout: take.timeout, actions: actions)
    }

    /// The log has refused the record: nobody has seen the events, so it was no attempt.
    package mutating func cancel(_ take: TakeProposal) { groups[take.group].live.window.undo(take.number) }

    /// What settlements have changed.
    package struct Settled {
        /// The receipts that were not in force.
        package let stale: [Receipt]
        /// The records to write. If the log has no room for one, it goes to ``BrokerState/keepUnwritten(_:)``, and a
        /// crash before it is written means redelivery.
        package let records: [SettlementRecord]
        /// What a queue remembers of the times at which events come back, to be written if there is room: without it they come
        /// back after a restart as they would have before.
        package let lease: BrokerRecord.Lease?
        package let actions: GroupActions
    }

    /// Settles deliveries. That holds at once, whether or not there is room for its records.
    /// - Parameters:
    ///   - settlements: No dead letters, which ``proposeRejection(_:_:in:uptime:at:)`` is for.
    ///   - time: The wall clock's time.
    package mutating func settle(
        _ settlements: [Settlement], in group: GroupID, at now: Duration, time: Timestamp
    ) throws(TidingsError) -> Settled {
        try checkOpen()
        try check(group)
        expire(group, uptime: now)
        let spent = groups[group].durable.spent
        let settlements =
            spent.isEmpty
            ? settlements
            : settlements.map { settlement in
                // Its last attempt was this: it dies at once, and holds its key no longer.
                guard case .retry(let receipt, _) = settlement, spent.contains(receipt.sequence) else {
                    return settlement
                }
                return .retry(receipt, after: .zero)
            }
        let settled = groups[group].live.window.settle(settlements, at: now)
        // Of an attempt that is in no record nothing is to be taken back.
        let unrecorded = groups[group].live.unrecorded
        let isRecorded = { (sequence: UInt64) in !unrecorded.contains(sequence) }
        for sequence in unrecorded.isEmpty ? [] : settled.acknowledged + settled.released {
            groups[group].live.unrecorded.remove(sequence)
        }
        let acknowledged = SequenceRuns(sorting: settled.acknowledged)
        let released = SequenceRuns(sorting: settled.released.filter(isRecorded))
        var records: [SettlementRecord] = []
        func add(_ kind: BrokerRecord.Kind, _ sequences: SequenceRuns) {
            let named = BrokerRecord.Sequences(group: group, sequences: sequences)
            records.append(SettlementRecord(kind: kind, settled: named))
        }
        if !acknowledged.isEmpty {
            groups[group].durable.remove(acknowledged, as: .acknowledged)
            add(.acknowledge, acknowledged)
        }
        if !released.isEmpty {
            groups[group].durable.release(released)
            add(.release, released)
        }
        var actions = groups[group].wakeAction
        if settled.endsSooner { actions.insert(.wakeMembers) }
        return Settled(
            stale: settled.stale, records: records, lease: lease(after: settled, in: group, at: time), actions: actions)
    }

    /// A queue remembers when events come back.
    private mutating func lease(
        after settled: DeliveryQueue.Settled, in group: GroupID, at time: Timestamp
    ) -> BrokerRecord.Lease? {
        guard groups[group].durable.declaration != nil else { return nil }
        // The records know nothing of a take that is in none, or another one.
        let unrecorded = groups[group].live.unrecorded
        let extended = settled.extended.filter { !unrecorded.contains($0.sequence) }
        let retried = settled.retried.filter { !unrecorded.contains($0.sequence) }
        if extended.isEmpty, retried.isEmpty { return nil }
        let lease = BrokerRecord.Lease(time: time, queue: group, extended: extended, retried: retried)
        groups[group].durable.hold(lease)
        return lease
    }

    /// A member leaves: its events are released.
    package mutating func leave(
        _ group: GroupID, _ member: UInt64, at now: Duration, time: Timestamp
    ) throws(TidingsError) -> Settled {
        try check(group)
        assert(groups[group].live.members > 0, "a member leaves once")
        groups[group].live.members -= 1
        let receipts = groups[group].live.window.leave(member)
        return try settle(receipts.map(Settlement.release), in: group, at: now, time: time)
    }

    /// A member is gone that did not leave: its events come back when their time-outs end.
    package mutating func lose(_ member: UInt64, of group: GroupID) {
        guard groups.contains(group) else { return }
        assert(groups[group].live.members > 0, "a member is lost once")
        groups[group].live.members -= 1
        _ = groups[group].live.window.leave(member)
    }

    /// How many events of a group are ready, and how many in flight, once those have come back whose time-out has ended.
    package mutating func depth(
        of group: GroupID, at now: Duration, time: Timestamp
    ) throws(TidingsError) -> QueueDepth {
        try checkOpen()
        try check(group)
        expire(group, uptime: now)
        endWaiting(in: group, at: time)
        return try depth(of: group)
    }
}
