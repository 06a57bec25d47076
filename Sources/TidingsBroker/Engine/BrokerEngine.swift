import Synchronization
import Tidings
import TidingsLog

/// Runs ``BrokerState`` over a log. Takes each step of the state and stages its records under one lock, so that records
/// are in the order of the steps; takes the actions of a step when the lock is free again.
final class BrokerEngine: Sendable {
    let log: Log
    let executor: BlockingExecutor
    let environment: RuntimeEnvironment
    let termination = Termination()
    let eventLogs: EventLogWriters
    let clock: SteadyClock
    private let identityKey: EventIdentity.Key
    private let core: Mutex<Core>
    /// How long the lock is held, while somebody measures it.
    let lockTimes = LockTimes()
    /// How many runs of events are added to windows before others get the lock.
    private static let showCount = 2_000
    /// Whether some group's pattern asks for more than the type of events. The routes themselves decide.
    let readsContent: Atomic<Bool>

    init(
        log: Log, state: consuming BrokerState, executor: BlockingExecutor, eventLogs: EventLogWriters,
        options: EmbeddedOptions, environment: RuntimeEnvironment, clock: SteadyClock, identityKey: EventIdentity.Key
    ) {
        self.log = log
        self.eventLogs = eventLogs
        self.clock = clock
        self.identityKey = identityKey
        self.executor = executor
        self.environment = environment
        readsContent = Atomic(state.routes.readsContent)
        let signals = state.groups.mapValues { _ in Signal() }
        core = Mutex(
            Core(log: log, reserve: Reserve(segmentBytes: options.segmentBytes), state: state, signals: signals))
    }

    /// Whether there is no room on the disk for the next file of the log.
    var isFull: Bool { log.isFull }

    /// Whether upkeep may bring room, or has something to write as soon as there is some.
    var needsRoom: Bool { isFull || read { !$0.unwritten.isEmpty } }

    /// Reads the state.
    func read<Result, Failure>(
        _ body: (borrowing BrokerState) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try locked { core throws(Failure) in try body(core.state) }
    }

    /// Calls `body` under the lock. Nobody should hold it for longer than a few milliseconds.
    func locked<Result, Failure>(
        _ body: (inout sending Core) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        guard lockTimes.isMeasuring else { return try core.withLock(body) }
        var start: LockTimes.Start?
        defer { if let start { lockTimes.note(since: start) } }
        return try core.withLock { core throws(Failure) in
            start = LockTimes.Start()
            return try body(&core)
        }
    }

    /// Takes a step of the state and stages its records.
    func step<Result>(_ body: (inout Core) throws -> sending Result) throws(TidingsError) -> sending Result {
        try locked { core throws(TidingsError) in
            do {
                return try body(&core)
            } catch {
                throw TidingsError(bus: error)
            }
        }
    }

    // MARK: Publishing

    /// Publishes events; returns their sequences once they are durable.
    func publish(_ events: [Envelope]) async throws -> Published {
        let outgoing = try OutgoingBatch(events, identityKey, at: environment.now())
        let routed = await route(events)
        let (now, steady) = (environment.now(), clock.now())
        var published = Published(firstSequence: 0)
        // On a full disk, staged events become durable when there is room. Publishing them again does no harm.
        try await step(awaiting: .durable) { core in
            let (sequences, ordinal) = try publish(outgoing, routed, at: now, steady: steady, &core)
            published = sequences
            return ordinal
        }
        return published
    }

    /// - Returns: The sequences, and the record that is to be durable before the publisher gets them, if any.
    private func publish(
        _ outgoing: OutgoingBatch, _ routed: BrokerState.Routed?, at now: Timestamp, steady: Timestamp,
        _ core: inout Core
    ) throws -> (Published, ordinal: UInt64?) {
        try core.writeUnwritten()
        switch try core.state.proposePublish(outgoing, routed: routed, at: now, steady: steady) {
        case .known(let published, let ordinal): return (published, ordinal)
        case .write(let record):
            do throws(LogError) {
                for set in record.groupSets {
                    _ = try core.append(set.encoded(), urgency: .lazy)
                    core.state.commit(set)
                }
                let staged = try core.append(record)
                core.state.commit(record, staged)
                return (record.published, staged.ordinal)
            } catch {
                core.state.cancel(record)
                throw error
            }
        }
    }

    /// How many events are matched before other tasks have their turn.
    private static let turnCount = 256

    /// The groups of events, found without the lock; nil if the types of the events decide.
    private func route(_ events: [Envelope]) async -> BrokerState.Routed? {
        guard readsContent.load(ordering: .relaxed), let routes = read({ $0.contentRoutes }) else { return nil }
        var groups: [[GroupID]] = []
        groups.reserveCapacity(events.count)
        for index in events.indices {
            if index > 0, index % Self.turnCount == 0 { await Task.yield() }
            groups.append(routes.routes.search(events[index]))
        }
        return BrokerState.Routed(version: routes.version, groups: groups)
    }

    // MARK: Groups

    /// Joins a group; returns once the group is durable, even if another member has just made it.
    func join(_ subscription: Subscription) async throws -> GroupMember {
        let now = environment.now()
        let (joined, signal) = try step { core in
            let proposal = try core.state.proposeJoin(subscription, at: now)
            let staged = try proposal.record.map { try core.append($0, urgency: .sync) }
            if proposal.isNew { core.signals.append(Signal()) }
            let joined = core.state.commit(proposal, staged)
            readsContent.store(core.state.routes.readsContent, ordering: .relaxed)
            return (joined, core.signals[joined.group])
        }
        perform(joined.actions, for: joined.group, signal)
        let member = GroupMember(group: joined.group, membership: Membership(joined.member), signal: signal)
        do {
            try await wait(for: joined.definedBy, .durable)
            let actions = try step { core in try core.state.beginMatchingHistory(joined.group) }
            perform(actions, for: joined.group, signal)
            return member
        } catch {
            // Nobody has it who could leave.
            leave(member)
            throw error
        }
    }

    /// Removes a consumer group; returns once that is durable.
    func removeGroup(_ name: String) async throws { try await remove { try $0.proposeRemoval(of: name) } }

    /// Removes a queue; returns once that is durable.
    func removeQueue(_ name: String) async throws { try await remove { try $0.proposeRemoval(ofQueue: name) } }

    /// Removes an archive; returns once that is durable.
    func removeArchive(_ name: String) async throws { try await remove { try $0.proposeRemoval(ofArchive: name) } }

    /// Removes a queue or archive that holds no event and that nobody uses; returns whether it did once that is durable.
    func removeUnused(_ name: String) async throws -> Bool {
        try await remove { try $0.proposeRemoval(ofUnused: name) }
    }

    @discardableResult private func remove(
        _ propose: (inout BrokerState) throws -> (group: GroupID, record: [UInt8])?
    ) async throws -> Bool {
        let (removed, ordinal): (Signal?, UInt64) = try step { core in
            // What is gone already may be so by a record that still waits to be durable.
            guard let removal = try propose(&core.state) else { return (nil, core.lastRemoval) }
            // On a full disk it is what brings room back.
            let staged = try core.append(removal.record, urgency: .sync, isUpkeep: true)
            core.state.commit(removal)
            core.lastRemoval = staged.ordinal
            return (core.signals.remove(removal.group), staged.ordinal)
        }
        removed?.finish()
        try await wait(for: ordinal, .durable)
        return removed != nil
    }

    // MARK: Waiting for the log

    /// Waits until a record is written or durable.
    /// - Throws: `TidingsError` with code `unavailable` if there is no room for it on the disk.
    func wait(for ordinal: UInt64, _ level: CommitWaiters.Level) async throws {
        try await step(awaiting: level) { _ in ordinal }
    }

    /// Takes a step and waits for the record that it returns, if any, without giving back the lock in between.
    private func step(
        awaiting level: CommitWaiters.Level, _ body: (inout Core) throws -> UInt64?
    ) async throws {
        try await withCheckedThrowingContinuation { (continuation: CommitWaiters.Continuation) in
            do {
                let waits = try step { core in
                    guard let ordinal = try body(&core), !core.waiters.hasReached(ordinal, level) else { return false }
                    try core.state.checkOpen()
                    if core.waiters.isStalled { throw TidingsError.diskFull }
                    core.waiters.add(ordinal, level, continuation)
                    return true
                }
                if !waits { continuation.resume() }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// The log has advanced. Called on the log's thread.
    func advance(to progress: LogProgress) {
        while !show(progress) {}
        if let failure = progress.failure { fail(TidingsError(failure)) }
    }

    /// Shows events that have become durable, and resumes those who wait when all are shown: then their publisher finds
    /// them in the group.
    /// - Returns: Whether all are; otherwise others may have the lock in between.
    private func show(_ progress: LogProgress) -> Bool {
        let (isDone, resumed, failed, signals, sooner, logs) = locked { core in
            let (groups, sooner, isDone) = core.state.show(upTo: progress.synced, atMost: Self.showCount)
            let resumed = isDone ? core.waiters.advance(to: progress) : []
            let failed = isDone && progress.isStalled ? core.waiters.removeAll() : []
            let logs = core.state.eventLogs(among: groups)
            return (
                isDone, resumed, failed, groups.map { core.signals[$0] }, sooner.map { core.signals[$0] }, logs
            )
        }
        for continuation in resumed { continuation.resume() }
        for signal in signals { signal.signal() }
        for signal in sooner { signal.signalAll() }
        wakeEventLogs(logs)
        for continuation in failed { continuation.resume(throwing: TidingsError.diskFull) }
        return isDone
    }

    /// Ends the bus because of an error, from which only opening the folder again helps.
    func fail(_ failure: TidingsError) {
        stop(because: failure)
        termination.end(failure)
    }

    /// Makes durable what was staged and gives the folder back.
    func close() async {
        await withCheckedContinuation { continuation in
            executor.submit { [log] in
                log.close()
                continuation.resume()
            }
        }
        // If the last sync failed, that reason counts.
        termination.end(nil)
        stop(because: TidingsError(.closed, "the bus was closed"))
    }

    /// Fails every later request, and all who wait now.
    private func stop(because reason: TidingsError) {
        let (waiters, signals) = locked { core in
            core.state.stop(because: reason)
            return (core.waiters.removeAll(), Array(core.signals.values))
        }
        for signal in signals { signal.finish() }
        for continuation in waiters { continuation.resume(throwing: reason) }
    }
}
