import Logging
import Synchronization
import Tidings
import TidingsLog

/// Writes checkpoints, removes what no group needs from the log, and keeps its indexes.
///
/// Rounds come when ``MaintenanceSchedule`` says so. One task runs them; it ends with this object. Rounds, checkpoints
/// that are asked for, backups and the building of indexes never run at the same time.
final class Maintenance: Sendable {
    /// How many indexes a round builds at most: more than segments are sealed in between, and soon done.
    private static let indexesPerRound = 8

    let index: EventIndex
    private let engine: BrokerEngine
    private let checkpoints: CheckpointFolder
    private let options: EmbeddedOptions
    private let logger: Logger
    private let schedule: Mutex<MaintenanceSchedule>
    /// How many needed events a segment had when it was compacted.
    private let compacted = Mutex<[UInt64: Int]>([:])
    /// The ordinals of the last two checkpoint records.
    private let lastRecords = Mutex<[UInt64]>([])
    /// Given while nothing runs. Whoever waits for it runs, and gives it back.
    private let isIdle = Signal()
    private let isClosed = Atomic(false)
    /// Given when a round is to begin.
    private let due = Signal()

    init(
        _ engine: BrokerEngine, _ checkpoints: CheckpointFolder, schedule: MaintenanceSchedule,
        options: EmbeddedOptions, logger: Logger
    ) {
        self.engine = engine
        self.checkpoints = checkpoints
        self.options = options
        self.logger = logger
        self.schedule = Mutex(schedule)
        index = EventIndex(engine.log, directory: checkpoints.directory, fileSystem: checkpoints.fileSystem)
        isIdle.signal()
    }

    deinit { due.finish() }

    /// Waits for those before it, and runs a body.
    /// - Throws: `TidingsError` with code `closed` once the bus closes; what `body` throws.
    private func exclusively<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await isIdle.wait()
        defer { isIdle.signal() }
        if isClosed.load(ordering: .acquiring) { throw TidingsError(.closed, "the bus was closed") }
        return try await body()
    }

    // MARK: Rounds

    /// Begins to run the rounds that become due. While the disk is full one comes after the other, for what consumers do
    /// meanwhile may let some of it go.
    func start() {
        let time = engine.environment.time
        Task { [due, weak self] in
            var next: Timestamp?
            while true {
                do {
                    if let next { try await due.wait(until: next, on: time) } else { try await due.wait() }
                } catch {
                    return
                }
                guard let pause = await self?.nextRound() else { return }
                next = pause > .zero ? time.now() + pause : nil
            }
        }
    }

    /// Runs a round.
    /// - Returns: After what time the next one comes; zero if it comes when it is due.
    private func nextRound() async -> Duration {
        await run()
        schedule.withLock { $0.roundEnded() }
        return engine.needsRoom && !isClosed.load(ordering: .acquiring) ? MaintenanceSchedule.roomInterval : .zero
    }

    /// The log has advanced.
    func logAdvanced(isStalled: Bool, at now: Timestamp) {
        if isStalled || engine.isFull { roomIsNeeded(at: now) }
        let end = RecordPosition(engine.log.end)
        if schedule.withLock({ $0.logGrew(to: end) }) { due.signal() }
        checkAge(at: now)
    }

    /// Begins a round if the disk is full. To be called by whoever finds out, or waits for it.
    func lookForRoom() {
        if engine.isFull { roomIsNeeded(at: engine.environment.now()) }
    }

    /// The disk is full.
    private func roomIsNeeded(at now: Timestamp) {
        if schedule.withLock({ $0.roomIsNeeded(at: now) }) { due.signal() }
    }

    /// Begins a round if a segment has become older than the retention. To be called now and then, also while the log
    /// does not advance.
    func checkAge(at now: Timestamp) {
        guard schedule.withLock({ $0.ageCheckIsDue(at: now) }) else { return }
        let hasExpired = engine.read { $0.hasExpiredSegment(options.retention, at: now) || $0.keepsForATime }
        if hasExpired, schedule.withLock({ $0.segmentExpired() }) { due.signal() }
    }

    /// One round: a checkpoint, then what no group needs is removed, then indexes are built.
    func run() async {
        do {
            try await exclusively {
                do {
                    if !isCheckpointed { _ = try await takeCheckpoint() }
                } catch {
                    // A disk that has no room for a checkpoint may have some when old segments are removed.
                    warn("a checkpoint was not written and is tried again later: \(error)")
                }
                do {
                    try engine.tendAll()
                } catch {
                    // The same: what can be removed is removed.
                    warn("what has waited too long in queues and archives is looked for again later: \(error)")
                }
                engine.tendEventLogs()
                try await reclaimNow()
                await keepIndexes()
            }
        } catch let error as TidingsError where error.code == .closed {
            // The bus is closing.
        } catch {
            warn("the maintenance of the log was interrupted and is tried again later: \(error)")
        }
    }

    /// Writes what is not written yet, and a checkpoint if one is worth it. Nothing runs any more after that.
    func close() async {
        // In a task of its own, which is not canceled with the one that closes the bus.
        await Task { [isIdle] in try? await isIdle.wait() }.value
        isClosed.store(true, ordering: .releasing)
        do {
            try engine.writeUnwritten()
            let end = RecordPosition(engine.log.end)
            if schedule.withLock({ $0.isWorthCheckpoint(at: end) }) { _ = try await takeCheckpoint() }
        } catch {
            warn("the last checkpoint was not written, so the next start takes longer: \(error)")
        }
        isIdle.signal()
    }

    func warn(_ message: String) { logger.warning("\(message)") }

    // MARK: Checkpoints

    /// Writes a checkpoint.
    func checkpoint() async throws {
        _ = try await exclusively { try await takeCheckpoint() }
    }

    /// Copies the log up to a new checkpoint, and that checkpoint, to a folder.
    func backUp(to directory: String) async throws {
        try await exclusively {
            let checkpoint = try await takeCheckpoint()
            try await engine.executor.run { [log = engine.log, checkpoints] in
                try log.copy(to: directory, through: LogPosition(checkpoint.position))
                try CheckpointFolder(directory: directory, fileSystem: checkpoints.fileSystem).write(checkpoint)
            }
        }
    }

    /// Whether the disk is full and another checkpoint would hold what the last two do.
    private var isCheckpointed: Bool {
        let last = engine.lastStaged
        return engine.isFull && checkpoints.firstRecoverySegment != nil && last > 1
            && lastRecords.withLock { $0 == [last - 1, last] }
    }

    private func takeCheckpoint() async throws -> Checkpoint {
        let (checkpoint, ordinal) = try engine.withCheckpointRecord { state, position in
            state.checkpoint(at: position)
        }
        // A checkpoint must not hold more than what the log has durable.
        try await engine.wait(for: ordinal, .durable)
        try await engine.executor.run { [checkpoints] in try checkpoints.write(checkpoint) }
        schedule.withLock { $0.checkpointWritten(at: checkpoint.position) }
        lastRecords.withLock { $0 = $0.suffix(1) + [ordinal] }
        return checkpoint
    }

    // MARK: Old segments

    /// Removes old segments that no group needs, and from others what no group needs.
    func reclaim() async throws { try await exclusively { try await reclaimNow() } }

    private func reclaimNow() async throws {
        guard let firstRecovered = checkpoints.firstRecoverySegment else { return }
        let segments = try await engine.executor.run { [log = engine.log] in log.segments }
        let plan = try await planRemoval(segments.filter { $0.number < firstRecovered }, of: segments)
        try await engine.executor.run { [self] in
            try engine.log.removeSegments(before: plan.firstNeeded)
            for segment in segments where segment.number >= plan.firstNeeded && segment.number < plan.firstKept {
                try compact(segment.number, plan)
            }
        }
    }

    /// Plans what to remove by what is durable now. Nothing needs to be written for that, only to be synced.
    private func planRemoval(_ covered: [LogSegment], of all: [LogSegment]) async throws -> Reclamation {
        if engine.isStalled { return try await planRemovalByCheckpoint(covered, of: all) }
        let (plan, ordinal) = try engine.withStagedState { state in
            Reclamation(&state, covered, of: all, options, at: engine.timeOfExpiry())
        }
        // An acknowledgement that the plan knows of must not be undone by a power cut once its event is removed.
        try await engine.wait(for: ordinal, .durable)
        return plan
    }

    /// The same while nothing becomes durable for want of room: by what the newest checkpoint does not need either.
    private func planRemovalByCheckpoint(_ covered: [LogSegment], of all: [LogSegment]) async throws -> Reclamation {
        let newest = try await engine.executor.run { [checkpoints] in try checkpoints.newest() }
        return try engine.withStagedState { state in
            Reclamation(&state, beside: newest?.state, covered, of: all, options, at: engine.timeOfExpiry())
        }.0
    }

    private func compact(_ segment: UInt64, _ plan: Reclamation) throws {
        let before = compacted.withLock { $0[segment] }
        guard let needed = plan.neededIfMostlyDead(segment), before.map({ needed.count < $0 / 2 }) ?? true else {
            return
        }
        try engine.log.rewrite(segment) { _, record in try Reclamation.rewrite(record, keeping: needed) }
        compacted.withLock { compacted in
            compacted[segment] = needed.count
            compacted = compacted.filter { $0.key >= plan.firstNeeded }
        }
        // It is built again with the others.
        try index.remove(segment)
    }

    // MARK: Indexes

    /// Builds the index of a segment whose index is missing or damaged.
    func rebuildIndex(of segment: UInt64) async throws {
        try await exclusively { await buildIndexes(of: [segment]) }
    }

    /// Removes the indexes of segments that were removed while no process had the folder. Blocks on the disk; only
    /// before ``start()``.
    func removeStaleIndexes() {
        do {
            try index.removeStale()
        } catch {
            warn(ofIndexes: error)
        }
    }

    /// Builds what indexes are missing, and removes those of removed segments. An error is a warning: a look-up reads
    /// the segment instead.
    private func keepIndexes() async {
        do {
            let missing = try await engine.executor.run { [index] in try index.removeStale() }
            await buildIndexes(of: missing.prefix(Self.indexesPerRound))
        } catch {
            warn(ofIndexes: error)
        }
    }

    /// Builds indexes, unless they exist or the disk is full.
    private func buildIndexes(of segments: some Sequence<UInt64>) async {
        for segment in segments {
            guard !engine.log.isFull else { return }
            do {
                try await engine.executor.run { [index] in try index.build(segment) }
            } catch {
                warn(ofIndexes: error)
            }
        }
    }

    private func warn(ofIndexes error: any Error) {
        if let error = error as? TidingsError, error.code == .closed { return }
        warn("an index of the log was not written; look-ups read the log meanwhile: \(error)")
    }
}
