import Synchronization
import Tidings
import TidingsLog

extension BrokerEngine {
    /// Makes a queue as it is declared; returns once that is durable.
    func declare(_ name: String, _ options: QueueOptions) async throws {
        let ordinal: UInt64? = try step { core in
            var last: UInt64?
            for queue in try core.state.proposeQueue(name, options) {
                let staged = try core.append(queue.encoded(), urgency: .sync)
                if !core.state.groups.contains(queue.id) { core.signals.append(Signal()) }
                core.state.commit(queue, staged)
                // Who waits may have to look sooner.
                core.signals[queue.id].signalAll()
                last = staged.ordinal
            }
            return try last ?? core.state.groups[core.state.queue(named: name)].live.definedBy
        }
        if let ordinal, ordinal > 0 { try await wait(for: ordinal, .durable) }
    }

    /// Makes a rule as it is declared; returns once that is durable.
    func declare(_ rule: EventRule, isDecided: Bool = false) async throws {
        let ordinal = try step { core in
            let proposal = try core.state.proposeRule(rule, isDecided: isDecided)
            for target in proposal.logs {
                let staged = try core.append(BrokerRecord.EventLogChange.target(target).encoded(), urgency: .sync)
                if !core.state.groups.contains(target.id) { core.signals.append(Signal()) }
                core.state.commit(target, staged)
            }
            guard let declared = proposal.rule else { return core.state.rulesDefinedBy }
            let staged = try core.append(declared.encoded(), urgency: .sync)
            core.state.commit(declared, staged)
            readsContent.store(core.state.routes.readsContent, ordering: .relaxed)
            return staged.ordinal
        }
        if ordinal > 0 { try await wait(for: ordinal, .durable) }
        // What it had for a target before may be done.
        tendEventLogs()
    }

    /// Removes a rule; returns once that is durable.
    func removeRule(_ name: String) async throws {
        let ordinal = try step { core in
            // What is gone already may be so by a record that still waits to be durable.
            guard let record = try core.state.proposeRemoval(ofRule: name) else { return core.state.rulesDefinedBy }
            let staged = try core.append(record, urgency: .sync)
            core.state.commit(removalOfRule: name, staged)
            readsContent.store(core.state.routes.readsContent, ordering: .relaxed)
            return staged.ordinal
        }
        if ordinal > 0 { try await wait(for: ordinal, .durable) }
        tendEventLogs()
    }

    /// Begins to consume a queue.
    func attach(to name: String) throws -> GroupMember {
        try step { core in
            let joined = try core.state.attach(to: name)
            return GroupMember(
                group: joined.group, membership: Membership(joined.member), signal: core.signals[joined.group])
        }
    }

    /// Moves the dead letters of a queue to where they belong. Nobody gets one any more.
    func buryDead(of queue: GroupID, uptime: Duration, at now: Timestamp) throws {
        while try remove(isUpkeep: true, { try $0.proposeDeath(in: queue, uptime: uptime, at: now) }) != nil {}
    }

    /// Takes a step that removes events from a queue, if there are any to remove.
    /// - Parameter isUpkeep: Whether its record may use the part of a full disk that is kept for upkeep.
    /// - Returns: How many, and the ordinal of the record; nil if there were none.
    @discardableResult
    func remove(
        isUpkeep: Bool = false, _ propose: (inout BrokerState) throws -> BrokerState.Removal?
    ) throws -> (count: Int, ordinal: UInt64)? {
        let removed = try step { core in try core.remove(isUpkeep: isUpkeep, propose) }
        guard let removed else { return nil }
        removed.signal?.signal()
        return (removed.count, removed.ordinal)
    }

    /// Takes such steps until there is nothing to remove; returns once they are durable.
    /// - Returns: How many events were removed.
    func removeAll(_ propose: (inout BrokerState) throws -> BrokerState.Removal?) async throws -> Int {
        var (count, last) = (0, UInt64?.none)
        while let removed = try remove(propose) {
            count += removed.count
            last = removed.ordinal
            await Task.yield()
        }
        if let last { try await wait(for: last, .durable) }
        return count
    }

    /// Lets all queues and archives do what their time has come for.
    /// - Throws: What came up first, when all have had their turn.
    func tendAll() throws {
        var failure: (any Error)?
        for queue in read({ $0.groups.ids }) where read({ $0.groups.contains(queue) }) {
            do { try tend(queue) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// Lets a queue or archive do what its time has come for: what has waited too long expires, and what was received too
    /// often is a dead letter.
    func tend(_ queue: GroupID) throws {
        let now = environment.now()
        locked { $0.state.trimWindow(of: queue) }
        let burial = Result { try buryDead(of: queue, uptime: environment.time.uptime(), at: now) }
        // What has expired gives room back, and so has its turn although there was no room.
        try expire(queue)
        try burial.get()
    }

    /// What has waited too long in a queue leaves it.
    func expire(_ queue: GroupID) throws {
        let now = timeOfExpiry()
        while try remove(isUpkeep: true, { try $0.proposeExpiry(of: queue, at: now) }) != nil {}
    }
}

extension BrokerEngine.Core {
    /// Removes events from a queue, if there are any to remove.
    /// - Returns: How many, the ordinal of the record, and who is to be woken where they went; nil if there were none.
    mutating func remove(
        isUpkeep: Bool = false, _ propose: (inout BrokerState) throws -> BrokerState.Removal?
    ) throws -> (count: Int, ordinal: UInt64, signal: Signal?)? {
        guard let removal = try propose(&state) else { return nil }
        do throws(LogError) {
            let staged = try append(removal.record, urgency: .lazy, isUpkeep: isUpkeep)
            return (removal.count, staged.ordinal, state.commit(removal).map { signals[$0] })
        } catch {
            state.cancel(removal)
            throw error
        }
    }
}
