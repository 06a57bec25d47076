import Tidings
import TidingsLog

/// Reads events from the log, and a record that holds several of them only once.
struct RecordReader {
    private let log: Log
    private var last: (position: LogPosition, bytes: [UInt8])?

    init(_ log: Log) {
        self.log = log
    }

    /// The event that stands at a place.
    /// - Throws: `TidingsError` with code `corrupt` where the record is not the one that was written; `LogError`.
    mutating func event(at place: StoredEvent.Place) throws -> Envelope {
        var reader = BinaryReader(try record(at: place.position)[...])
        _ = try reader.take(Int(place.offset))
        return try Envelope(binary: reader.take(Int(place.length)))
    }

    private mutating func record(at position: LogPosition) throws -> [UInt8] {
        if let last, last.position == position { return last.bytes }
        let bytes = try log.read(at: position)
        last = (position, bytes)
        return bytes
    }
}
