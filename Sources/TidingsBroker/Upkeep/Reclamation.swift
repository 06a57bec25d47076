import Tidings
import TidingsLog

/// Which parts of the log may go, by a state that is at least as old as the log: what is not needed never is again.
struct Reclamation {
    private let state: DurableState
    /// The first segment that some group needs an event of.
    private(set) var firstNeeded: UInt64
    /// The first segment that is kept whole, because its events are young, or because recovery reads it.
    private(set) var firstKept: UInt64 = 0

    init(_ state: DurableState) {
        self.state = state
        let oldest = state.queues.lazy.compactMap { $0?.oldest }.min()
        let mark = oldest.flatMap { state.marks.index(before: $0) }
        firstNeeded = oldest == nil ? .max : mark.map { state.marks[$0].position.segment } ?? 0
    }

    /// Finds out which segments are too old, or too many.
    ///
    /// - Parameters:
    ///   - covered: those that recovery does not read, oldest first.
    ///   - all: all that there are.
    mutating func retire(
        _ covered: [LogSegment], of all: [LogSegment], _ options: EmbeddedOptions, at now: Timestamp
    ) {
        firstKept = covered.first?.number ?? 0
        var bytes = all.reduce(0) { $0 + $1.allocatedBytes }
        for segment in covered {
            let isOld = state.marks.timeBehind(segment.number).map { now - $0 > options.retention } ?? false
            guard isOld || bytes > options.retentionBytes else { break }
            firstKept = segment.number + 1
            bytes -= segment.allocatedBytes
        }
        firstNeeded = min(firstNeeded, firstKept)
    }

    /// How many events of a segment are needed, about, if that is less than a quarter of them.
    func neededIfMostlyDead(_ segment: UInt64) -> Int? {
        guard let range = state.marks.sequences(of: segment, next: state.nextSequence) else { return 0 }
        var needed = 0
        for queue in state.queues {
            guard let queue else { continue }
            if let backfill = queue.backfill, backfill.next < range.upperBound { return nil }
            needed += queue.unsettled.count(in: range)
        }
        return needed * 4 < range.count ? needed : nil
    }

    /// Whether a record holds an event that some group needs. What is no event has gone into the checkpoints.
    func needs(_ record: RawSpan) throws -> Bool {
        var isNeeded = false
        try PublishLayout.forEachEvent(in: record) { entry in
            isNeeded = entry.hasQueue(in: record) { state.queues.indices.contains($0) && needs(entry.sequence, $0) }
            return !isNeeded
        }
        return isNeeded
    }

    private func needs(_ sequence: UInt64, _ queue: Int) -> Bool {
        state.queues[queue]?.unsettled.contains(sequence) ?? false
    }
}

extension BrokerState {
    /// Forgets where events stood that are gone, and what is no history any more.
    mutating func forgetHistory(before plan: Reclamation) {
        durable.forgetSegments(before: plan.firstNeeded)
        historyStart = max(historyStart, plan.firstKept)
    }
}
