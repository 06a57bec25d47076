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
    /// How many bytes of a full disk are kept for consumers.
    private let reserve: Int
    private let core: Mutex<Core>
    /// Whether some group's pattern asks for more than the type of events. The routes themselves decide.
    let readsContent: Atomic<Bool>

    init(
        log: Log, state: consuming BrokerState, executor: BlockingExecutor, options: EmbeddedOptions,
        environment: RuntimeEnvironment
    ) {
        self.log = log
        self.executor = executor
        self.environment = environment
        reserve = min(1 << 20, options.segmentBytes / 4)
        readsContent = Atomic(state.routes.readsContent)
        let signals = state.groups.mapValues { _ in Signal() }
        core = Mutex(Core(log: log, state: state, signals: signals))
    }

    /// Whether there is no room on the disk for the next file of the log.
    var isFull: Bool { log.isFull }

    /// Reads the state.
    func read<Result, Failure>(
        _ body: (borrowing BrokerState) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try core.withLock { core throws(Failure) in try body(core.state) }
    }

    /// Takes a step of the state and stages its records.
    func step<Result>(_ body: (inout Core) throws -> sending Result) throws(TidingsError) -> sending Result {
        try core.withLock { core throws(TidingsError) in
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
        let outgoing = try OutgoingBatch(events)
        let routed = route(events)
        let now = environment.now()
        var published = Published(firstSequence: 0)
        // On a full disk, staged events become durable when there is room. Publishing them again does no harm.
        try await step(awaiting: .durable) { core in
            let (sequences, ordinal) = try publish(outgoing, routed, at: now, &core)
            published = sequences
            return ordinal
        }
        return published
    }

    /// - Returns: The sequences, and the record that is to be durable before the publisher gets them, if any.
    private func publish(
        _ outgoing: OutgoingBatch, _ routed: BrokerState.Routed?, at now: Timestamp, _ core: inout Core
    ) throws -> (Published, ordinal: UInt64?) {
        try core.writeUnwritten()
        switch try core.state.proposePublish(outgoing, routed: routed, at: now) {
        case .known(let published, let ordinal): return (published, ordinal)
        case .write(let record):
            do throws(LogError) {
                for set in record.groupSets {
                    _ = try core.append(set.encoded(), urgency: .lazy)
                    core.state.commit(set)
                }
                let staged = try core.append(record, keepingFree: reserve)
                core.state.commit(record, staged)
                return (record.published, staged.ordinal)
            } catch {
                core.state.cancel(record)
                throw error
            }
        }
    }

    /// The groups of events, found without the lock; nil if the types of the events decide.
    private func route(_ events: [Envelope]) -> BrokerState.Routed? {
        guard readsContent.load(ordering: .relaxed), let routes = read({ $0.contentRoutes }) else { return nil }
        return BrokerState.Routed(version: routes.version, groups: events.map(routes.routes.search))
    }

    // MARK: Groups

    /// Joins a group; returns once the group is durable, even if another member has just made it.
    func join(_ subscription: Subscription) async throws -> GroupMember {
        let (joined, signal) = try step { core in
            let proposal = try core.state.proposeJoin(subscription)
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

    private func remove(
        _ propose: (inout BrokerState) throws -> (group: GroupID, record: [UInt8])?
    ) async throws {
        let removed: (ordinal: UInt64, signal: Signal)? = try step { core in
            guard let removal = try propose(&core.state) else { return nil }
            let staged = try core.append(removal.record, urgency: .sync)
            core.state.commit(removal)
            return (staged.ordinal, core.signals.remove(removal.group))
        }
        guard let removed else { return }
        removed.signal.finish()
        try await wait(for: removed.ordinal, .durable)
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
        let (resumed, failed, signals) = core.withLock { core in
            let groups = core.state.advance(to: progress.synced)
            let resumed = core.waiters.advance(to: progress)
            let failed = progress.isStalled ? core.waiters.removeAll() : []
            return (resumed, failed, groups.map { core.signals[$0] })
        }
        for continuation in resumed { continuation.resume() }
        for signal in signals { signal.signal() }
        for continuation in failed { continuation.resume(throwing: TidingsError.diskFull) }
        if let failure = progress.failure { fail(TidingsError(failure)) }
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
        let (waiters, signals) = core.withLock { core in
            core.state.stop(because: reason)
            return (core.waiters.removeAll(), Array(core.signals.values))
        }
        for signal in signals { signal.finish() }
        for continuation in waiters { continuation.resume(throwing: reason) }
    }

    /// Stages a checkpoint record and calls `body` with the state and the record's position. Once the record is durable,
    /// so is everything that `body` has seen.
    func withCheckpointRecord<Result>(
        _ body: (inout BrokerState, RecordPosition) -> sending Result
    ) throws(TidingsError) -> sending (Result, ordinal: UInt64) {
        try step { core in
            try core.state.checkOpen()
            let staged = try core.append(BrokerRecord.checkpointBytes, urgency: .sync)
            return (body(&core.state, staged.position), staged.ordinal)
        }
    }
}
