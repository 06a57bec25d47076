import Tidings
import TidingsLog

/// The sparse index of the log: a mark for each stretch of it, so that any sequence or moment is found by reading one.
///
/// A mark says which event a publish record begins with, when it was published and where it stands. Marks stand 256 KiB
/// apart at least, and in each segment that holds events: 24 bytes of memory for each.
package struct SequenceMarks: Sendable {
    package struct Mark: Sendable, Equatable {
        let sequence: UInt64
        let time: Timestamp
        let position: LogPosition
    }

    private static let spacing: UInt32 = 256 << 10

    private(set) var marks: [Mark] = []

    /// The oldest event that the log is known to hold.
    var first: Mark? { marks.first }

    /// Notes a publish record, if it is time for a mark.
    mutating func note(_ sequence: UInt64, at time: Timestamp, _ position: LogPosition) {
        if let last = marks.last, last.position.segment == position.segment,
            position.offset - last.position.offset < Self.spacing
        {
            return
        }
        marks.append(Mark(sequence: sequence, time: time, position: position))
    }

    /// The index of the last mark that stands before an event or at it; nil where the log does not reach back so far.
    func index(before sequence: UInt64) -> Int? { lastIndex { $0.sequence <= sequence } }

    /// The index of the last mark before which everything is older than a moment; nil where there is none.
    func index(before time: Timestamp) -> Int? { lastIndex { $0.time < time } }

    subscript(index: Int) -> Mark { marks[index] }

    /// Where the stretch behind a mark ends, unless it is the last.
    func end(of index: Int) -> LogPosition? { index + 1 < marks.count ? marks[index + 1].position : nil }

    /// Forgets the marks of segments that are gone.
    mutating func removeAll(before segment: UInt64) {
        let kept = marks.firstIndex { $0.position.segment >= segment } ?? marks.count
        if kept > 0 { marks.removeFirst(kept) }
    }

    /// The events of a segment, as far as marks tell; nil where it holds none.
    func sequences(of segment: UInt64, next: UInt64) -> Range<UInt64>? {
        guard let first = marks.first(where: { $0.position.segment == segment }) else { return nil }
        let end = marks.first { $0.position.segment > segment }?.sequence ?? next
        return first.sequence..<end
    }

    /// When the first event behind a segment was published: nothing in the segment is younger.
    func timeBehind(_ segment: UInt64) -> Timestamp? { marks.first { $0.position.segment > segment }?.time }

    /// The oldest event of a segment or of those behind it.
    func first(from segment: UInt64) -> Mark? { marks.first { $0.position.segment >= segment } }

    /// The last mark that fulfils what all marks before it fulfil as well.
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
    func encode(into writer: inout CheckpointWriter) {
        writer.write(UInt32(marks.count))
        for mark in marks {
            writer.write(mark.sequence)
            writer.write(mark.time.microseconds)
            writer.write(mark.position.segment)
            writer.write(mark.position.offset)
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for _ in 0..<(try reader.number() as UInt32) {
            let sequence: UInt64 = try reader.number()
            let time = Timestamp(microseconds: try reader.number())
            marks.append(
                Mark(sequence: sequence, time: time, position: try LogPosition(&reader)))
        }
    }
}

extension LogPosition {
    init(_ reader: inout BinaryReader) throws(TidingsError) {
        self.init(segment: try reader.number(), offset: try reader.number())
    }
}
