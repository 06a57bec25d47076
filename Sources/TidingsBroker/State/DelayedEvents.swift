import Tidings

/// Until when the events of a queue wait before they may be received: what records say of it. An event stays here until
/// it leaves the queue, for its retention counts from then.
struct DelayedEvents: Sendable {
    /// Events in a row that wait until the same moment.
    struct Run: Sendable {
        var events: Range<UInt64>
        /// The time of their record.
        let published: Timestamp
        let due: Timestamp
    }

    private(set) var members = SequenceSet()
    /// In the order of their sequences. Those of which no event is left are dropped now and then.
    private var runs: [Run] = []
    private var limit = 64

    var isEmpty: Bool { members.isEmpty }

    func contains(_ sequence: UInt64) -> Bool { members.contains(sequence) }

    /// How many events of a range wait or have waited.
    func count(in range: Range<UInt64>) -> Int { members.count(in: range) }

    /// Adds events that are published, behind all others.
    mutating func add(_ events: Range<UInt64>, published: Timestamp, until due: Timestamp) {
        assert(runs.last.map { $0.events.upperBound <= events.lowerBound } ?? true, "events are published in order")
        members.insert(events)
        if let last = runs.last, last.due == due, last.published == published,
            last.events.upperBound == events.lowerBound
        {
            runs[runs.count - 1].events = last.events.lowerBound..<events.upperBound
        } else {
            runs.append(Run(events: events, published: published, due: due))
        }
        guard runs.count >= limit else { return }
        runs.removeAll { members.count(in: $0.events) == 0 }
        limit = max(64, runs.count * 2)
    }

    mutating func remove(_ events: Range<UInt64>) {
        guard !members.isEmpty else { return }
        members.remove(events)
        if members.isEmpty { self = DelayedEvents() }
    }

    /// Until when an event waits or has waited; nil if it never did.
    func due(of sequence: UInt64) -> Timestamp? {
        members.contains(sequence) ? runs[firstRun(endingBehind: sequence)].due : nil
    }

    /// Whether an event that waits or has waited could be received before a moment; nil if it never waited.
    func couldBeReceived(_ sequence: UInt64, before time: Timestamp, at now: Timestamp) -> Bool? {
        guard members.contains(sequence) else { return nil }
        let run = runs[firstRun(endingBehind: sequence)]
        return run.due < time || !run.published.isBelievable(at: now)
    }

    /// The runs that touch a range, each with what of the range is in it.
    func runs(in range: Range<UInt64>) -> [Run] {
        var found: [Run] = []
        for run in runs[firstRun(endingBehind: range.lowerBound)...] {
            guard run.events.lowerBound < range.upperBound else { break }
            found.append(
                Run(events: run.events.clamped(to: range), published: run.published, due: run.due))
        }
        return found
    }

    private func firstRun(endingBehind sequence: UInt64) -> Int {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].events.upperBound <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Form in a checkpoint

    init() {}

    func encode(into writer: inout BinaryBuilder) {
        members.encode(into: &writer)
        let kept = runs.filter { members.count(in: $0.events) > 0 }
        writer.write(UInt32(kept.count))
        for run in kept {
            writer.write(run.events.lowerBound)
            writer.write(run.events.upperBound)
            for time in [run.published, run.due] { writer.write(time.microseconds) }
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let members = try SequenceSet(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let (start, end): (UInt64, UInt64) = (try reader.number(), try reader.number())
            let published = Timestamp(microseconds: try reader.number())
            let due = Timestamp(microseconds: try reader.number())
            guard start < end, (runs.last?.events.upperBound ?? 0) <= start else {
                throw TidingsError(.corrupt, "a checkpoint holds delayed events out of order")
            }
            runs.append(Run(events: start..<end, published: published, due: due))
        }
        guard members.count == runs.reduce(0, { $0 + members.count(in: $1.events) }) else {
            throw TidingsError(.corrupt, "a checkpoint holds delayed events without a time")
        }
        self.members = members
    }
}
