import Tidings
import TidingsLog

/// Which parts of the log may go, by a state whose last record is durable before anything goes: what is not needed then
/// never is again, for new groups start behind what goes.
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

    /// The events of a segment that some group needs, if they are less than a quarter of them; nil otherwise, and where
    /// a new group has not said yet what it needs.
    func neededIfMostlyDead(_ segment: UInt64) -> SequenceSet? {
        guard let range = state.marks.sequences(of: segment, next: state.nextSequence) else { return SequenceSet() }
        var needed = SequenceSet()
        for case let queue? in state.queues {
            if let backfill = queue.backfill, backfill.next < range.upperBound { return nil }
            var next = queue.unsettled.next(from: range.lowerBound)
            while let sequence = next, sequence < range.upperBound {
                needed.insert(sequence)
                guard needed.count * 4 < range.count else { return nil }
                next = queue.unsettled.next(from: sequence + 1)
            }
        }
        return needed
    }

    /// Whether a record holds one of these events. What is no event has gone into the checkpoints.
    static func holds(_ record: RawSpan, anyOf needed: SequenceSet) throws -> Bool {
        var isNeeded = false
        try PublishLayout.forEachEvent(in: record) { entry in
            isNeeded = needed.contains(entry.sequence)
            return !isNeeded
        }
        return isNeeded
    }
}
