package import Tidings

/// The sparse index of the log: a mark for each stretch of it, so that any sequence or time is found by reading one.
///
/// A mark says which event a publish record begins with, when it was published and its position. There is one for each
/// 256 KiB, for each minute in which something was published, in each segment that holds events, and where the time was
/// set back or leaps: 32 bytes of memory for each.
///
/// Sequences give the order. Times are what the clock said, which may have been wrong: one ahead of the clock now is not
/// believed (``Timestamp/isBelievable(at:)``), and one that was set back makes nothing older than what was before it.
package struct SequenceMarks: Sendable {
    package struct Mark: Sendable, Equatable {
        package let sequence: UInt64
        package let time: Timestamp
        package let position: RecordPosition
    }

    private static let spacing: UInt32 = 256 << 10
    private static let interval = Duration.seconds(60)

    /// A time that is so much later than the last one begins a stretch of its own.
    private static let leap = Duration.seconds(600)

    package private(set) var marks: [Mark] = []

    package init() {}

    /// The oldest event that the log is known to hold.
    var first: Mark? { marks.first }

    /// Adds a mark for a publish record, if the last one is far enough away.
    /// - Parameter last: The time of the record before it.
    package mutating func note(
        _ sequence: UInt64, at time: Timestamp, after last: Timestamp, _ position: RecordPosition
    ) {
        let isSteady = last <= time && time - last < Self.leap
        if isSteady, let last = marks.last, last.position.segment == position.segment,
            position.offset - last.position.offset < Self.spacing, time - last.time < Self.interval
        {
            return
        }
        assert(marks.last.map { $0.sequence < sequence } ?? true, "marks are in the order of sequences")
        marks.append(Mark(sequence: sequence, time: time, position: position))
    }

    /// The index of the last mark at an event or before it; nil if the log begins behind the event.
    package func index(before sequence: UInt64) -> Int? { lastIndex { $0.sequence <= sequence } }

    /// The same, if the mark of an earlier event is known.
    func index(before sequence: UInt64, from known: Int?) -> Int? {
        guard var index = known else { return self.index(before: sequence) }
        while index + 1 < marks.count, marks[index + 1].sequence <= sequence { index += 1 }
        return index
    }

    /// The index of the last mark before which everything is older than a time; nil if there is none.
    /// - Complexity: Linear.
    package func index(before time: Timestamp, at now: Timestamp) -> Int? {
        let end = marks.firstIndex { $0.time >= time && $0.time.isBelievable(at: now) } ?? marks.count
        return end > 0 ? end - 1 : nil
    }

    /// The sequence behind what is older than a time for sure: to the minute.
    /// - Parameter next: The sequence of the next event.
    func end(before time: Timestamp, at now: Timestamp, next: UInt64) -> UInt64 {
        guard let index = index(before: time + (.zero - Self.interval), at: now) else {
            return marks.first?.sequence ?? next
        }
        return index + 1 < marks.count ? marks[index + 1].sequence : next
    }

    subscript(index: Int) -> Mark { marks[index] }

    /// The end of the stretch behind a mark; nil for the last one.
    func end(of index: Int) -> RecordPosition? { index + 1 < marks.count ? marks[index + 1].position : nil }

    /// Removes the marks of segments that were removed.
    package mutating func removeAll(before segment: UInt64) {
        marks.removeFirst(firstIndex(from: segment))
    }

    /// The events of a segment, as far as marks show; nil if it holds none.
    package func sequences(of segment: UInt64, next: UInt64) -> Range<UInt64>? {
        let start = firstIndex(from: segment)
        guard start < marks.count, marks[start].position.segment == segment else { return nil }
        let end = firstIndex(from: segment + 1)
        return marks[start].sequence..<(end < marks.count ? marks[end].sequence : next)
    }

    /// When the first event behind a segment was published: nothing in the segment is younger. Nil if no time behind it
    /// is believed.
    /// - Complexity: Linear.
    package func timeBehind(_ segment: UInt64, at now: Timestamp) -> Timestamp? {
        time(from: firstIndex(from: segment + 1), at: now)
    }

    /// The time of the first event that is published after a sequence; nil if none is believed.
    /// - Complexity: Linear.
    func time(after sequence: UInt64, at now: Timestamp) -> Timestamp? {
        time(from: index(before: sequence).map { $0 + 1 } ?? 0, at: now)
    }

    /// The time of the first mark from an index on that is believed. No mark before it is later.
    private func time(from index: Int, at now: Timestamp) -> Timestamp? {
        guard let end = marks[index...].firstIndex(where: { $0.time.isBelievable(at: now) }) else { return nil }
        return marks[...end].lazy.map(\.time).filter { $0.isBelievable(at: now) }.max()
    }

    /// The latest time that is not believed, if there is one.
    /// - Complexity: Linear.
    func latestAhead(at now: Timestamp) -> Timestamp? {
        marks.lazy.map(\.time).filter { !$0.isBelievable(at: now) }.max()
    }

    /// The oldest event of a segment or of those behind it.
    package func first(from segment: UInt64) -> Mark? {
        let index = firstIndex(from: segment)
        return index < marks.count ? marks[index] : nil
    }

    private func firstIndex(from segment: UInt64) -> Int {
        (lastIndex { $0.position.segment < segment } ?? -1) + 1
    }

    /// The last mark for which a condition holds that holds for all marks before it.
    private func lastIndex(where holds: (Mark) -> Bool) -> Int? {
        var low = 0
        var high = marks.count
        while low < high {
            let middle = (low + high) / 2
            if holds(marks[middle]) { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}

extension SequenceMarks {
    package func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(marks.count))
        for mark in marks {
            writer.write(mark.sequence)
            writer.write(mark.time.microseconds)
            writer.write(mark.position.segment)
            writer.write(mark.position.offset)
        }
    }

    package init(_ reader: inout BinaryReader) throws(TidingsError) {
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            let time = Timestamp(microseconds: try reader.number())
            marks.append(
                Mark(sequence: sequence, time: time, position: try RecordPosition(&reader)))
        }
    }
}

extension RecordPosition {
    init(_ reader: inout BinaryReader) throws(TidingsError) {
        self.init(segment: try reader.number(), offset: try reader.number())
    }
}
