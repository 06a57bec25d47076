import Tidings
import TidingsLog

/// Reads events from the log, and a record that holds several of them only once.
struct RecordReader {
    private let log: Log
    private var last: (position: LogPosition, bytes: [UInt8])?

    init(_ log: Log) {
        self.log = log
    }

    /// The event that stands in a record.
    /// - Throws: `TidingsError` with code `corrupt` where the record is not the one that was written; `LogError`.
    mutating func event(in range: Range<Int>, ofRecordAt position: LogPosition) throws -> Envelope {
        var reader = BinaryReader(try record(at: position)[...])
        _ = try reader.take(range.lowerBound)
        return try Envelope(binary: reader.take(range.count))
    }

    private mutating func record(at position: LogPosition) throws -> [UInt8] {
        if let last, last.position == position { return last.bytes }
        let bytes = try log.read(at: position)
        last = (position, bytes)
        return bytes
    }
}
