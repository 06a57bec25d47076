import Tidings

/// The events of a queue that may not be received yet, and which are the next that may: what of ``DelayedEvents`` is ahead
/// of the clock.
///
/// An event whose record is ahead of the clock was published while that was wrong, or it is now. As long as it is so, the
/// event waits as long as it was to wait then, from when that was seen.
struct EventTimer: Sendable {
    private struct Entry: Comparable, Sendable {
        let run: DelayedEvents.Run
        var due: Timestamp
        /// Since when its record is seen to be ahead of the clock.
        var aheadSince: Timestamp?

        static func < (left: Entry, right: Entry) -> Bool { left.due < right.due }
        static func == (left: Entry, right: Entry) -> Bool { left.due == right.due }
    }

    /// Those that wait.
    private(set) var events = SequenceSet()
    private var entries = BinaryHeap<Entry>()
    /// No record is later.
    private var lastPublished = Timestamp(microseconds: .min)
    /// When entries were looked for last whose records are ahead of the clock; nil unless there were some.
    private var lastLook: Timestamp?

    init() {}

    /// Those that wait by what the records say, but for those that were received, whatever the clock says by now.
    init(_ delays: DelayedEvents, without taken: SequenceSet) {
        guard !delays.isEmpty else { return }
        for run in delays.runs(in: 0..<UInt64.max) { add(run, of: delays.members) }
        for sequence in taken.members { remove(sequence) }
    }

    /// When the next ones are due, whether or not one of them is left.
    var next: Timestamp? { events.isEmpty ? nil : entries.first?.due }

    func isDue(at now: Timestamp) -> Bool { next.map { $0 <= now } ?? false }

    /// - Parameter members: Which events of the run have not left.
    mutating func add(_ run: DelayedEvents.Run, of members: SequenceSet) {
        if members.count(in: run.events) == run.events.count {
            events.insert(run.events)
        } else {
            for sequence in run.events where members.contains(sequence) { events.insert(sequence) }
        }
        entries.insert(Entry(run: run, due: run.due))
        lastPublished = max(lastPublished, run.published)
    }

    mutating func remove(_ sequence: UInt64) {
        guard !events.isEmpty else { return }
        events.remove(sequence)
        if events.isEmpty { self = EventTimer() }
    }

    /// Takes out what is due, the earliest first, so many at most.
    mutating func takeDue(at now: Timestamp, atMost maximum: Int) -> [UInt64] {
        if lastLook != nil || !lastPublished.isBelievable(at: now) { lookForWrongTimes(at: now) }
        var (due, looked): ([UInt64], Int) = ([], 0)
        while due.count < maximum, looked < maximum, let first = entries.first, first.due <= now {
            looked += 1
            let end = first.run.events.upperBound
            var next = events.next(from: first.run.events.lowerBound)
            while due.count < maximum, let sequence = next, sequence < end {
                due.append(sequence)
                events.remove(sequence)
                next = events.next(from: sequence + 1)
            }
            if let next, next < end {
                var rest = first.run
                rest.events = next..<end
                entries.replaceFirst(with: Entry(run: rest, due: first.due, aheadSince: first.aheadSince))
            } else {
                entries.removeFirst()
            }
        }
        if events.isEmpty { self = EventTimer() }
        return due
    }

    /// Sets anew when all are due; once a second at most.
    private mutating func lookForWrongTimes(at now: Timestamp) {
        if let lastLook, now >= lastLook, now - lastLook < .seconds(1) { return }
        let all = entries.elements
        entries = BinaryHeap()
        lastLook = nil
        for var entry in all {
            if entry.run.published.isBelievable(at: now) {
                entry.due = entry.run.due
                entry.aheadSince = nil
            } else {
                let since = entry.aheadSince.map { min($0, now) } ?? now
                entry.due = since + (entry.run.due - entry.run.published)
                entry.aheadSince = since
                lastLook = now
            }
            entries.insert(entry)
        }
    }
}
