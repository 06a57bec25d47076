import Tidings
import TidingsLog

/// Which parts of the log may be removed, by a state all of which is durable before anything is removed. What is not
/// needed then is never needed again, because new groups start behind it.
struct Reclamation {
    /// What the groups need by each state that recovery may come to.
    private let states: [DurableState]
    /// Events that are acknowledged, but the log does not say so yet.
    private let unrecorded: [SequenceSet]
    /// The first segment of which some group needs an event.
    private(set) var firstNeeded: UInt64
    /// The first segment that is kept whole, because its events are young or recovery reads it.
    private(set) var firstKept: UInt64 = 0

    /// Plans, and lets no new group want what is about to be removed.
    ///
    /// - Parameters:
    ///   - state: The state now.
    ///   - checkpoint: A state that is durable, if not all of `state` is or soon will be.
    ///   - covered: The segments that recovery does not read, oldest first.
    ///   - all: All segments.
    init(
        _ state: inout BrokerState, beside checkpoint: DurableState? = nil, _ covered: [LogSegment],
        of all: [LogSegment], _ options: EmbeddedOptions, at now: Timestamp
    ) {
        let live = state.durable.snapshot
        states = [live] + [checkpoint].compactMap(\.self)
        unrecorded = state.unwritten.acknowledged
        let oldest = states.lazy.flatMap(\.groups.values).compactMap(\.durable.oldest) + unrecorded.compactMap(\.first)
        firstNeeded =
            oldest.min().map { oldest in
                live.marks.index(before: oldest).map { live.marks[$0].position.segment } ?? 0
            } ?? .max
        retire(covered, of: all, options, at: now)
        // What a group that is younger than the checkpoint needs, nobody knows but the records that are not durable.
        if let checkpoint, live.groups.ids.contains(where: { !checkpoint.groups.contains($0) }) {
            (firstNeeded, firstKept) = (0, 0)
        }
        state.forgetHistory(removedBefore: firstNeeded, wholeFrom: firstKept)
    }

    /// Decides which segments are too old, or too many.
    private mutating func retire(
        _ covered: [LogSegment], of all: [LogSegment], _ options: EmbeddedOptions, at now: Timestamp
    ) {
        firstKept = covered.first?.number ?? 0
        var bytes = all.reduce(0) { $0 + $1.allocatedBytes }
        for segment in covered {
            guard bytes > options.retentionBytes || isOld(segment.number, options, at: now) else { break }
            firstKept = segment.number + 1
            bytes -= segment.allocatedBytes
        }
        firstNeeded = min(firstNeeded, firstKept)
    }

    private func isOld(_ segment: UInt64, _ options: EmbeddedOptions, at now: Timestamp) -> Bool {
        states[0].marks.timeBehind(segment, at: now).map { now - $0 > options.retention } ?? false
    }

    /// The events of a segment that some group needs, if they are less than a quarter of its events; nil otherwise, and
    /// nil if history is still to be matched for a new group.
    func neededIfMostlyDead(_ segment: UInt64) -> SequenceSet? {
        guard let range = states[0].marks.sequences(of: segment, next: states[0].nextSequence) else {
            return SequenceSet()
        }
        var needed = SequenceSet()
        let queues = states.lazy.flatMap(\.groups.values).map(\.durable)
        for queue in queues {
            if let backfill = queue.backfill, backfill.next < range.upperBound { return nil }
        }
        for events in queues.map(\.unsettled) + unrecorded {
            var next = events.next(from: range.lowerBound)
            while let sequence = next, sequence < range.upperBound {
                needed.insert(sequence)
                guard needed.count * 4 < range.count else { return nil }
                next = events.next(from: sequence + 1)
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
