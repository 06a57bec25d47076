import Tidings
import TidingsLog

extension Log {
    /// Calls `body` with each event from a position on, its record and the position of that, until it returns `false`.
    /// - Parameter onDamage: Told of what is damaged and passed over; nil if damage ends the reading.
    func forEachEvent(
        from start: RecordPosition, until end: RecordPosition? = nil, onDamage: ((LogError) -> Void)? = nil,
        _ body: (PublishLayout.Entry, RawSpan, RecordPosition) throws -> Bool
    ) throws {
        _ = try scan(from: LogPosition(start), until: end.map { LogPosition($0) }, onDamage: onDamage) {
            position, record in
            var goesOn = true
            try PublishLayout.forEachEvent(in: record) { entry in
                goesOn = try body(entry, record, RecordPosition(position))
                return goesOn
            }
            return goesOn
        }
    }

    /// Calls `body` with each event of a segment; with none if the segment was removed.
    func forEachEvent(
        ofSegment segment: UInt64, _ body: (PublishLayout.Entry, RawSpan, RecordPosition) throws -> Bool
    ) throws {
        try forEachEvent(
            from: RecordPosition(segment: segment, offset: 0), until: RecordPosition(segment: segment + 1, offset: 0),
            body)
    }
}
