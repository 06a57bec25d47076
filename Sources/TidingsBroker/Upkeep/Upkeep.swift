import DequeModule
import Logging
import Synchronization
import Tidings
import TidingsLog

/// What goes on behind the scenes: checkpoints, and giving back the room of what nobody needs.
///
/// A round comes each time the log has grown by so many bytes, when the disk is full, and when something has become too
/// old to be kept. Rounds, checkpoints that are asked for and backups come one after the other, never side by side.
final class Upkeep: Sendable {
    private struct State {
        /// The number of the last checkpoint that there is, good or not.
        var generation: UInt64
        /// The last two checkpoints that are known to be good, oldest first.
        var good: [Good]
        var isRoundUnderWay = false
        var isFinished = false
        /// Whether someone is at work, and who comes next.
        var isBusy = false
        var waiters: Deque<CheckedContinuation<Void, Never>> = []
        /// How far the log had come when the last round began.
        var lastRound: LogPosition?
        var lastRequest: Timestamp?
        /// When the age of what there is was looked at last.
        var lastLook: Timestamp?
        /// How many needed events a segment had when it was compacted.
        var compacted: [UInt64: Int] = [:]
    }

    /// A checkpoint that was written by this process, or read when it started.
    private struct Good {
        let generation: UInt64
        let position: LogPosition
    }

    /// How long a full disk is left alone before room is looked for again.
    private static let requestInterval = Duration.seconds(5)
    /// How often the age of what there is is looked at.
    private static let lookInterval = Duration.seconds(3600)

    let log: Log
    let checkpoints: CheckpointFolder
    let options: EmbeddedOptions
    private let logger: Logger
    private let state: Mutex<State>

    init(
        log: Log, checkpoints: CheckpointFolder, generation: UInt64,
        recovered: (generation: UInt64, checkpoint: Checkpoint)?, options: EmbeddedOptions, logger: Logger
    ) {
        self.log = log
        self.checkpoints = checkpoints
        self.options = options
        self.logger = logger
        let good = recovered.map { Good(generation: $0.generation, position: $0.checkpoint.position) }
        state = Mutex(State(generation: generation, good: good.map { [$0] } ?? []))
    }

    /// Called when the log has grown: begins a round if it is time for one.
    func note(_ end: LogPosition, for bus: EmbeddedEventBus) {
        state.withLock { state in
            let last = state.good.last?.position ?? LogPosition(segment: 1, offset: 0)
            guard distance(from: last, to: end) >= options.checkpointBytes else { return }
            // One that failed is not tried again at once.
            if let tried = state.lastRound, distance(from: tried, to: end) < options.checkpointBytes / 8 { return }
            state.lastRound = end
            begin(&state, for: bus)
        }
    }

    /// Called now and then: begins a round where something is too old to be kept.
    func lookForAge(of bus: EmbeddedEventBus, at now: Timestamp) {
        let isDue = state.withLock { state in
            if let last = state.lastLook, now - last < Self.lookInterval, now >= last { return false }
            state.lastLook = now
            return true
        }
        guard isDue, bus.holdsRetired(at: now) else { return }
        state.withLock { begin(&$0, for: bus) }
    }

    /// Called when the disk is full: begins a round, unless there was one a moment ago.
    func lookForRoom(for bus: EmbeddedEventBus, at now: Timestamp) {
        state.withLock { state in
            if let last = state.lastRequest, now - last < Self.requestInterval, now >= last { return }
            state.lastRequest = now
            begin(&state, for: bus)
        }
    }

    private func begin(_ state: inout State, for bus: EmbeddedEventBus) {
        guard !state.isRoundUnderWay, !state.isFinished else { return }
        state.isRoundUnderWay = true
        Task { [weak bus] in
            await bus?.runUpkeep()
            self.state.withLock { $0.isRoundUnderWay = false }
        }
    }

    /// Does something to checkpoints or old segments that nothing else may do at the same time.
    /// - Throws: `TidingsError` with code `closed` once the bus closes; what `body` throws.
    func alone<Result>(_ body: () async throws -> Result) async throws -> Result {
        await enter()
        defer { leave() }
        if state.withLock({ $0.isFinished }) { throw TidingsError(.closed, "the bus was closed") }
        return try await body()
    }

    /// Waits for whoever is at work, does the last thing, and lets nobody in any more.
    func finish(_ body: () async -> Void) async {
        await enter()
        state.withLock { $0.isFinished = true }
        await body()
        leave()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isBusy {
                    state.waiters.append(continuation)
                    return false
                }
                state.isBusy = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state in
            if state.waiters.isEmpty { state.isBusy = false }
            return state.waiters.popFirst()
        }
        next?.resume()
    }

    /// Whether the log has grown by a good part since the last checkpoint, so that closing should leave one.
    var isWorthCheckpoint: Bool {
        let last = state.withLock { $0.good.last?.position } ?? LogPosition(segment: 1, offset: 0)
        return distance(from: last, to: log.end) >= options.checkpointBytes / 8
    }

    /// Writes a checkpoint. Blocks on the disk; only for who is ``alone(_:)``.
    func write(_ checkpoint: Checkpoint) throws {
        let (generation, kept) = state.withLock { state in
            state.generation += 1
            return (state.generation, state.good.last?.generation)
        }
        try checkpoints.write(checkpoint, generation: generation, keeping: kept)
        state.withLock { state in
            state.good = state.good.suffix(1) + [Good(generation: generation, position: checkpoint.position)]
        }
    }

    /// The segment before which no recovery begins; nil while there are not two checkpoints that are known to be good.
    var coveredSegment: UInt64? {
        state.withLock { state in state.good.count < 2 ? nil : state.good.first?.position.segment }
    }

    /// How many needed events a segment had when it was compacted, if it was.
    func neededWhenCompacted(_ segment: UInt64) -> Int? { state.withLock { $0.compacted[segment] } }

    func noteCompaction(of segment: UInt64, needed: Int, first: UInt64) {
        state.withLock { state in
            state.compacted[segment] = needed
            state.compacted = state.compacted.filter { $0.key >= first }
        }
    }

    func warn(_ message: String) { logger.warning("\(message)") }

    /// How many bytes of log lie between two places, about.
    private func distance(from start: LogPosition, to end: LogPosition) -> Int {
        Int(end.segment - min(start.segment, end.segment)) * options.segmentBytes + Int(end.offset) - Int(start.offset)
    }
}
