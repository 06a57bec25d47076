/// Where a record stands in a log: the number of its segment and the byte offset of its frame there.
///
/// Positions grow in the order in which records were appended, and a record keeps its position across restarts.
public struct LogPosition: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// The number of the segment; the first segment of a log is 1.
    public let segment: UInt64

    /// The byte offset of the record's frame in the segment's file.
    public let offset: UInt32

    /// Makes a position from what was stored of one.
    ///
    /// - Parameters:
    ///   - segment: The number of the segment.
    ///   - offset: The byte offset in the segment's file.
    public init(segment: UInt64, offset: UInt32) {
        self.segment = segment
        self.offset = offset
    }

    /// The position as `segment:offset`.
    public var description: String { "\(segment):\(offset)" }

    /// Whether the left record was appended before the right one.
    public static func < (left: LogPosition, right: LogPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}

extension LogPosition {
    init(segment: UInt64, offset: Int) {
        self.init(segment: segment, offset: UInt32(offset))
    }
}
