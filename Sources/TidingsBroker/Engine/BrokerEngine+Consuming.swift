import Tidings
import TidingsLog
import TidingsRouting

/// A member of a group, and how it is woken.
struct GroupMember: Sendable {
    let group: GroupID
    let membership: Membership
    let signal: Signal
}

extension BrokerEngine {
    /// Takes events for a member. A member that has left gets nothing: its events are released before this or after.
    ///
    /// If there is no room to record that, it is refused, unless the group is the one that keeps the oldest file of the log:
    /// then it goes on without a record, which a restart takes for no attempt. Otherwise nobody could ever bring room back.
    /// - Returns: The events, and how long to wait for a signal if there are none.
    func take(
        atMost maximum: Int, for member: GroupMember, at now: Duration
    ) async throws -> (deliveries: [Delivery], timeout: Duration) {
        let time = environment.now()
        // Expiry can wait, for room as well.
        try? expire(member.group)
        let (take, ordinal) = try step { core in
            try member.membership.check()
            // In one step with the take, so that nobody gets what is dead.
            while let dead = try core.remove(
                isUpkeep: true,
                {
                    try $0.proposeDeath(in: member.group, uptime: now, at: time)
                })
            { dead.signal?.signal() }
            let proposal = try core.state.proposeTake(
                from: member.group, atMost: maximum, for: member.membership.number, at: now, time: time)
            guard let record = proposal.record else {
                // If there is still no room, they stay unwritten.
                try? core.writeUnwritten()
                return (core.state.commit(proposal), UInt64?.none)
            }
            do {
                // It could not be written, and would only wait in memory.
                if core.waiters.isStalled { throw TidingsError.diskFull }
                let staged = try core.append(record, urgency: .write)
                return (core.state.commit(proposal), staged.ordinal)
            } catch {
                let isWithoutRoom = core.waiters.isStalled || (error as? LogError)?.code == .full
                if isWithoutRoom, core.state.holdsUpRoom(member.group) {
                    return (core.state.commit(proposal, isRecorded: false), nil)
                }
                core.state.cancel(proposal)
                throw error
            }
        }
        perform(take.actions, for: member.group, member.signal)
        guard !take.events.isEmpty else { return ([], take.timeout) }
        do {
            if let ordinal { try await wait(for: ordinal, .written) }
            return (try await deliver(take.events, to: member), take.timeout)
        } catch {
            // Nobody has seen them, so it was no attempt.
            _ = try? settle(take.events.map { .release($0.receipt) }, for: member)
            // The log may not hold any more what only a removed group needed.
            try read { try $0.check(member.group) }
            throw error
        }
    }

    /// Makes deliveries of events, reading from the log what is not in memory. What cannot be read is set aside.
    private func deliver(_ events: [BrokerState.TakenEvent], to member: GroupMember) async throws -> [Delivery] {
        guard events.contains(where: { $0.event == nil }) else {
            return events.compactMap { taken in
                taken.event.map {
                    Delivery(receipt: taken.receipt, attempt: taken.attempt, event: $0, replay: taken.replay)
                }
            }
        }
        let (deliveries, unreadable) = try await executor.run { [log] in
            var reader = RecordReader(log)
            var deliveries: [Delivery] = []
            var unreadable: [(receipt: Receipt, event: UnreadableEvent)] = []
            for taken in events {
                let sequence = taken.receipt.sequence
                do {
                    let event = try taken.event ?? reader.event(sequence, ofRecordAt: taken.position)
                    deliveries.append(
                        Delivery(
                            receipt: taken.receipt, attempt: taken.attempt, event: event, replay: taken.replay))
                } catch {
                    let error = TidingsError(bus: error)
                    if error.code == .closed { throw error }
                    let event = UnreadableEvent(sequence, at: taken.position, because: error.message)
                    unreadable.append((taken.receipt, event))
                }
            }
            return (deliveries, unreadable)
        }
        if !unreadable.isEmpty { try setAside(unreadable, for: member) }
        return deliveries
    }

    /// - Throws: `TidingsError` with code `closed` if the group was removed: the log may not hold any more what only it
    ///   needed.
    private func setAside(
        _ events: [(receipt: Receipt, event: UnreadableEvent)], for member: GroupMember
    ) throws(TidingsError) {
        let now = environment.time.uptime()
        let actions = try step { core in try core.state.setAside(events, of: member.group, at: now) }
        perform(actions, for: member.group, member.signal)
    }

    /// Gives up the events of a group that cannot be read; returns how many, once that is durable.
    func discardUnreadable(of group: GroupID) async throws -> Int {
        let discarded: (count: Int, ordinal: UInt64)? = try step { core in
            guard let record = try core.state.proposeDiscard(of: group) else { return nil }
            let staged = try core.append(record.bytes, urgency: .sync)
            core.state.discard(record)
            return (record.settled.sequences.count, staged.ordinal)
        }
        guard let discarded else { return 0 }
        try await wait(for: discarded.ordinal, .durable)
        return discarded.count
    }

    /// Settles deliveries and returns the receipts that were not in force.
    func settle(_ settlements: [Settlement], for member: GroupMember) throws -> [Receipt] {
        let sorted = try sort(settlements, of: member)
        let (now, time) = (environment.time.uptime(), environment.now())
        var stale = try settle(member) { try $0.settle(sorted.others, in: member.group, at: now, time: time) }
        // They alone may be refused for want of room.
        for (reason, receipts) in sorted.rejections {
            stale += try reject(receipts, because: reason, for: member, at: now, time: time)
        }
        return stale + sorted.late
    }

    /// Settlements, dead letters apart by their reasons.
    private struct Sorted {
        var others: [Settlement] = []
        var rejections: [(reason: String, receipts: [Receipt])] = []
        /// The receipts that stand behind another settlement of theirs, which counts.
        var late: [Receipt] = []
    }

    private func sort(_ settlements: [Settlement], of member: GroupMember) throws -> Sorted {
        let isRejection = { (settlement: Settlement) in
            if case .deadLetter = settlement { true } else { false }
        }
        guard settlements.contains(where: isRejection) else {
            try BusLimits.check(settlements)
            return Sorted(others: settlements)
        }
        let group = try read { state throws(TidingsError) -> String? in
            try state.check(member.group)
            return state.deadLetterQueue(of: member.group) == nil ? state.groups[member.group].durable.name : nil
        }
        try BusLimits.check(settlements, withoutDeadLetters: group)
        var (sorted, rejected, ended) = (Sorted(), Set<Receipt>(), Set<Receipt>())
        var reasons: [ByteText: Int] = [:]
        for settlement in settlements {
            let receipt = settlement.receipt
            switch settlement {
            case _ where rejected.contains(receipt) || ended.contains(receipt): sorted.late.append(receipt)
            case .deadLetter(_, let reason):
                rejected.insert(receipt)
                if let known = reasons[ByteText(reason)] {
                    sorted.rejections[known].receipts.append(receipt)
                } else {
                    reasons[ByteText(reason)] = sorted.rejections.count
                    sorted.rejections.append((reason, [receipt]))
                }
            case .extend: sorted.others.append(settlement)
            case .acknowledge, .release, .retry:
                ended.insert(receipt)
                sorted.others.append(settlement)
            }
        }
        return sorted
    }

    /// Moves deliveries to the dead-letter queue.
    /// - Returns: The receipts that were not in force.
    private func reject(
        _ receipts: [Receipt], because reason: String, for member: GroupMember, at now: Duration, time: Timestamp
    ) throws -> [Receipt] {
        // Others of their keys may go now, or they themselves if there is no room for their record.
        defer { member.signal.signal() }
        var stale: [Receipt] = []
        for start in stride(from: 0, to: receipts.count, by: BrokerState.removalLimit) {
            let chunk = Array(receipts[start..<min(start + BrokerState.removalLimit, receipts.count)])
            try remove { state in
                let rejection = try state.proposeRejection(
                    chunk, because: reason, in: member.group, uptime: now, at: time)
                stale += rejection.stale
                return rejection.removal
            }
        }
        return stale
    }

    /// A member leaves its group. Only the first call counts.
    func leave(_ member: GroupMember) {
        let (now, time) = (environment.time.uptime(), environment.now())
        // If the log has stopped there is nothing to release.
        _ = try? settle(member) { state in
            // Under the lock, so that whoever leaves again returns when the first has left.
            guard member.membership.end() else { throw TidingsError(.closed, "the consumer has left its group") }
            return try state.leave(member.group, member.membership.number, at: now, time: time)
        }
        member.signal.signalAll()
    }

    /// A consumer is gone that did not leave its group.
    func lose(_ member: GroupMember) {
        try? step { core in
            if member.membership.end() { core.state.lose(member.membership.number, of: member.group) }
        }
    }

    /// The counts of a group now.
    func depth(of group: GroupID) throws -> QueueDepth {
        let (now, time) = (environment.time.uptime(), environment.now())
        return try step { core in try core.state.depth(of: group, at: now, time: time) }
    }

    private func settle(
        _ member: GroupMember, _ body: (inout BrokerState) throws -> BrokerState.Settled
    ) throws -> [Receipt] {
        let settled = try step { core in
            let settled = try body(&core.state)
            for record in settled.records where try !core.appendIfRoom(record.bytes) {
                core.state.keepUnwritten(record)
            }
            if let lease = settled.lease { _ = try core.appendIfRoom(lease.encoded()) }
            return settled
        }
        perform(settled.actions, for: member.group, member.signal)
        return settled.stale
    }
}
