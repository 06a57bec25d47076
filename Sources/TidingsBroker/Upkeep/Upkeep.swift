import Logging
import Synchronization
import Tidings
import TidingsLog

/// What goes on behind the scenes: checkpoints, and giving back the room of what nobody needs.
///
/// One round at a time, each time the log has grown by so many bytes, when the disk is full, and when it is asked for.
final class Upkeep: Sendable {
    private struct State {
        /// The number of the last checkpoint that there is, good or not.
        var generation: UInt64
        /// The last two checkpoints that are known to be good, oldest first.
        var good: [Good]
        var round: Task<Void, Never>?
        var isFinished = false
        var lastRequest: Timestamp?
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
            begin(&state, for: bus)
        }
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
        guard state.round == nil, !state.isFinished else { return }
        state.round = Task { [weak bus] in
            await bus?.runUpkeep()
            self.state.withLock { $0.round = nil }
        }
    }

    /// Lets no further round begin, and waits for the one that is under way.
    func finish() async {
        let round = state.withLock { state in
            state.isFinished = true
            return state.round
        }
        await round?.value
    }

    /// Whether the log has grown by a good part since the last checkpoint, so that closing should leave one.
    var isWorthCheckpoint: Bool {
        let last = state.withLock(\.good.last?.position) ?? LogPosition(segment: 1, offset: 0)
        return distance(from: last, to: log.end) >= options.checkpointBytes / 8
    }

    /// Writes a checkpoint. Blocks on the disk.
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
