import Tidings
import TidingsLog

/// Which parts of the log may be removed, by a state whose last record is durable before anything is removed. What is
/// not needed then is never needed again, because new groups start behind it.
struct Reclamation {
    private let state: DurableState
    /// The first segment of which some group needs an event.
    private(set) var firstNeeded: UInt64
    /// The first segment that is kept whole, because its events are young or recovery reads it.
    private(set) var firstKept: UInt64 = 0

    init(_ state: DurableState) {
        self.state = state
        let oldest = state.groups.values.lazy.compactMap(\.durable.oldest).min()
        let mark = oldest.flatMap { state.marks.index(before: $0) }
        firstNeeded = oldest == nil ? .max : mark.map { state.marks[$0].position.segment } ?? 0
    }

    /// Decides which segments are too old, or too many.
    ///
    /// - Parameters:
    ///   - covered: The segments that recovery does not read, oldest first.
    ///   - all: All segments.
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

    /// The events of a segment that some group needs, if they are less than a quarter of its events; nil otherwise, and
    /// nil if history is still to be matched for a new group.
    func neededIfMostlyDead(_ segment: UInt64) -> SequenceSet? {
        guard let range = state.marks.sequences(of: segment, next: state.nextSequence) else { return SequenceSet() }
        var needed = SequenceSet()
        for queue in state.groups.values.lazy.map(\.durable) {
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

    /// What is left of a record: those of its events that are needed. Records without events are in the checkpoints.
    static func rewrite(_ record: RawSpan, keeping needed: SequenceSet) throws -> LogRewrite {
        var kept: [PublishLayout.Entry] = []
        var count = 0
        try PublishLayout.forEachEvent(in: record) { entry in
            count += 1
            if needed.contains(entry.sequence) { kept.append(entry) }
            return true
        }
        if kept.isEmpty { return .drop }
        return kept.count == count ? .keep : .replace(try PublishLayout.part(of: record, kept))
    }
}
