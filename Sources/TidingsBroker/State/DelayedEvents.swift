import Tidings

/// Until when the events of a queue wait before they may be received: what records say of it. An event stays here until
/// it leaves the queue, for its retention counts from then.
struct DelayedEvents: Sendable {
    /// Events in a row that wait until the same moment.
    struct Run: Sendable {
        var events: Range<UInt64>
        let due: Timestamp
    }

    private var members = SequenceSet()
    /// In the order of their sequences. Those of which no event is left are dropped now and then.
    private var runs: [Run] = []
    private var limit = 64

    var isEmpty: Bool { members.isEmpty }

    func contains(_ sequence: UInt64) -> Bool { members.contains(sequence) }

    /// How many events of a range wait or have waited.
    func count(in range: Range<UInt64>) -> Int { members.count(in: range) }

    /// Adds events that are published, behind all others.
    mutating func add(_ events: Range<UInt64>, until due: Timestamp) {
        assert(runs.last.map { $0.events.upperBound <= events.lowerBound } ?? true, "events are published in order")
        members.insert(events)
        if let last = runs.last, last.due == due, last.events.upperBound == events.lowerBound {
            runs[runs.count - 1].events = last.events.lowerBound..<events.upperBound
        } else {
            runs.append(Run(events: events, due: due))
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

    /// Until when an event waits; nil if it never did.
    func due(of sequence: UInt64) -> Timestamp? {
        guard members.contains(sequence) else { return nil }
        return runs[firstRun(endingBehind: sequence)].due
    }

    /// Where the run ends in which an event is that waits or has waited.
    func end(ofRunWith sequence: UInt64) -> UInt64 { runs[firstRun(endingBehind: sequence)].events.upperBound }

    /// The runs that touch a range, each with what of the range is in it.
    func runs(in range: Range<UInt64>) -> [Run] {
        var found: [Run] = []
        for run in runs[firstRun(endingBehind: range.lowerBound)...] {
            guard run.events.lowerBound < range.upperBound else { break }
            found.append(Run(events: run.events.clamped(to: range), due: run.due))
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
            writer.write(run.due.microseconds)
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        let members = try SequenceSet(&reader)
        for _ in 0..<(try reader.number() as UInt32) {
            let (start, end): (UInt64, UInt64) = (try reader.number(), try reader.number())
            let due = Timestamp(microseconds: try reader.number())
            guard start < end, (runs.last?.events.upperBound ?? 0) <= start else {
                throw TidingsError(.corrupt, "a checkpoint holds delayed events out of order")
            }
            runs.append(Run(events: start..<end, due: due))
        }
        guard members.count == runs.reduce(0, { $0 + members.count(in: $1.events) }) else {
            throw TidingsError(.corrupt, "a checkpoint holds delayed events without a time")
        }
        self.members = members
    }
}

/// The events of a queue that may not be received yet, and which are the next that may: what of ``DelayedEvents`` is ahead
/// of the clock.
struct EventTimer: Sendable {
    private struct Run: Comparable, Sendable {
        let due: Timestamp
        let events: Range<UInt64>

        static func < (left: Run, right: Run) -> Bool { left.due < right.due }
    }

    /// Those that wait.
    private(set) var events = SequenceSet()
    private var runs = BinaryHeap<Run>()
    /// No run is due later.
    private var last = Timestamp(microseconds: .min)

    /// When the next run is due, whether or not one of its events is left.
    var next: Timestamp? { events.isEmpty ? nil : runs.first?.due }

    func isDue(at now: Timestamp) -> Bool { next.map { $0 <= now } ?? false }

    mutating func add(_ run: DelayedEvents.Run) {
        events.insert(run.events)
        runs.insert(Run(due: run.due, events: run.events))
        last = max(last, run.due)
    }

    mutating func remove(_ sequence: UInt64) {
        guard !events.isEmpty else { return }
        events.remove(sequence)
        if events.isEmpty { self = EventTimer() }
    }

    /// Takes out what is due, the earliest first.
    /// - Parameters:
    ///   - maximum: How many at most.
    ///   - latest: What is to wait until after this comes at once: it was published while the clock was ahead.
    mutating func takeDue(at now: Timestamp, atMost maximum: Int, latest: Timestamp) -> [UInt64] {
        var due: [UInt64] = []
        if last > latest { correct(latest, to: now) }
        while due.count < maximum, let first = runs.first, first.due <= now {
            var next = events.next(from: first.events.lowerBound)
            while due.count < maximum, let sequence = next, sequence < first.events.upperBound {
                due.append(sequence)
                events.remove(sequence)
                next = events.next(from: sequence + 1)
            }
            if let next, next < first.events.upperBound {
                runs.replaceFirst(with: Run(due: first.due, events: next..<first.events.upperBound))
            } else {
                runs.removeFirst()
            }
        }
        if events.isEmpty { self = EventTimer() }
        return due
    }

    /// What is due after a moment is due at another one.
    private mutating func correct(_ latest: Timestamp, to now: Timestamp) {
        let all = runs.elements
        (runs, last) = (BinaryHeap(), Timestamp(microseconds: .min))
        for run in all {
            let due = run.due > latest ? now : run.due
            runs.insert(Run(due: due, events: run.events))
            last = max(last, due)
        }
    }
}
