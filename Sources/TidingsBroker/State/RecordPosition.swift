/// The position of a record in the log. The state orders and keeps positions, and removes whole segments; what an offset
/// means only the log knows.
package struct RecordPosition: Comparable, Hashable, Sendable, CustomStringConvertible {
    package let segment: UInt64
    package let offset: UInt32

    package init(segment: UInt64, offset: UInt32) {
        self.segment = segment
        self.offset = offset
    }

    package var description: String { "\(segment):\(offset)" }

    package static func < (left: RecordPosition, right: RecordPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}

/// A record that the log has accepted: it will be durable in the order of appends, or never, with all that follow it.
package struct StagedRecord: Sendable {
    /// Its number in the order of appends since the log was opened; the first is 1.
    package let ordinal: UInt64
    package let position: RecordPosition

    package init(ordinal: UInt64, position: RecordPosition) {
        self.ordinal = ordinal
        self.position = position
    }
}
