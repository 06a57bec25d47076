import Testing
import Tidings
import TidingsBroker

// What is asked of queues, rules, archives, event logs and replays.
extension StateBench {
    mutating func declare(_ queue: String, _ options: QueueOptions = QueueOptions()) throws {
        for definition in try state.proposeQueue(queue, options) {
            state.commit(definition, try append(definition.encoded()))
        }
    }

    mutating func declare(_ rule: EventRule) throws {
        let proposal = try state.proposeRule(rule)
        for target in proposal.logs {
            state.commit(target, try append(BrokerRecord.EventLogChange.target(target).encoded()))
        }
        if let declared = proposal.rule { state.commit(declared, try append(declared.encoded())) }
    }

    /// Writes to an event log what waits for it.
    /// - Returns: The sequences, and by which rules.
    mutating func log(_ name: String) throws -> [UInt64: [String]] {
        guard let plan = try state.planLogging(name), let record = state.proposeLogged(plan.sequences, in: name) else {
            return [:]
        }
        state.commit(logged: record)
        do { _ = try append(record.bytes) } catch { state.keepUnwritten(record) }
        return Dictionary(
            uniqueKeysWithValues: plan.entries.map { entry in
                (entry.sequence, entry.rules.map { plan.rules[$0] })
            })
    }

    /// Removes what no rule gives to an event log any more, and the log.
    /// - Returns: How many queues that were, and whether the log is gone.
    mutating func tend(_ log: String) throws -> (removed: Int, isForgotten: Bool) {
        var count = 0
        while let removal = try state.proposeRemoval(ofTargetOf: log) {
            _ = try append(removal.record)
            state.commit(removal)
            count += 1
        }
        guard let record = try state.proposeRemoval(ofEventLog: log) else { return (count, false) }
        _ = try append(record)
        state.commit(removalOfEventLog: log)
        return (count, true)
    }

    mutating func declare(archive: EventArchive) throws {
        guard let declared = try state.proposeArchive(archive) else { return }
        state.commit(declared, try append(declared.encoded()))
    }

    mutating func expireArchive(_ name: String) throws -> Int {
        let (archive, now) = (try state.group(named: name), now)
        return try remove { state throws(TidingsError) in try state.proposeExpiry(of: archive, at: now) }
    }

    /// Starts a replay, and looks at its first stretch.
    mutating func begin(_ replay: EventReplay) throws -> BrokerState.ReplayPlan {
        let started = try state.proposeReplay(replay, in: 0..<UInt64.max, at: now)
        _ = try append(started.encoded())
        state.commit(started)
        return try #require(try state.planReplay(replay.name))
    }

    /// A replay gives a stretch of which it wants all.
    mutating func take(_ plan: BrokerState.ReplayPlan) throws {
        let step = try #require(state.proposeStep(plan, [plan.sequences], at: now))
        _ = try append(step.encoded())
        _ = state.commit(step)
    }

    mutating func replay(_ replay: EventReplay) throws { try take(begin(replay)) }

    /// Reads what a queue has only in the log.
    mutating func load(_ queue: String) throws {
        let queue = try state.queue(named: queue)
        while let reading = try state.planReading(queue) { state.load(reading, of: queue) }
    }

    mutating func removeRule(_ name: String) throws {
        guard let record = try state.proposeRemoval(ofRule: name) else { return }
        state.commit(removalOfRule: name, try append(record))
    }

    mutating func removeQueue(_ name: String) throws {
        guard let removal = try state.proposeRemoval(ofQueue: name) else { return }
        _ = try append(removal.record)
        state.commit(removal)
    }

    /// Begins to consume a queue.
    mutating func attach(_ member: String, to queue: String) throws {
        let joined = try state.attach(to: queue)
        members[member] = Member(group: joined.group, number: joined.member)
    }

    /// Moves the dead letters of a queue to where they belong.
    mutating func bury(_ queue: String) throws -> Int {
        let (queue, uptime, now) = (try state.queue(named: queue), uptime, now)
        return try remove { state throws(TidingsError) in try state.proposeDeath(in: queue, uptime: uptime, at: now) }
    }

    mutating func redrive(_ letters: String, _ sequences: [UInt64]? = nil) throws -> Int {
        let (letters, now) = (try state.queue(named: letters), now)
        let chosen = sequences.map { SequenceSet(of: $0) }
        return try remove { state throws(TidingsError) in try state.proposeRedrive(from: letters, chosen, at: now) }
    }

    mutating func drop(_ queue: String, as fate: QueueCounts.Fate, before end: UInt64 = .max) throws -> Int {
        let queue = try state.queue(named: queue)
        return try remove { state throws(TidingsError) in try state.proposeDrop(from: queue, as: fate, before: end) }
    }

    /// The first record of that alone.
    mutating func dropOnce(_ queue: String, as fate: QueueCounts.Fate) throws -> Int {
        let queue = try state.queue(named: queue)
        return try remove(once: true) { state throws(TidingsError) in try state.proposeDrop(from: queue, as: fate) }
    }

    mutating func expire(_ queue: String) throws -> Int {
        let (queue, now) = (try state.queue(named: queue), now)
        return try remove { state throws(TidingsError) in try state.proposeExpiry(of: queue, at: now) }
    }

    mutating func recall(_ queue: String) throws { try state.recall(try state.queue(named: queue)) }

    mutating func remove(
        once: Bool = false, _ propose: (inout BrokerState) throws(TidingsError) -> BrokerState.Removal?
    ) throws -> Int {
        var count = 0
        while !once || count == 0, let removal = try propose(&state) {
            do {
                _ = try append(removal.record)
            } catch {
                state.cancel(removal)
                throw error
            }
            _ = state.commit(removal)
            count += removal.count
        }
        return count
    }
}
