import Tidings
import TidingsLog

/// Reads events from the log. A record that holds several of them in a row is read once.
struct RecordReader {
    private let log: Log
    private var last: Record?

    /// A publish record, and the bytes of its envelopes.
    private struct Record {
        let position: RecordPosition
        let bytes: [UInt8]
        let firstSequence: UInt64
        let envelopes: [Range<Int>]
    }

    init(_ log: Log) {
        self.log = log
    }

    /// An event of the record at a position.
    /// - Throws: `TidingsError` with code `corrupt` if the record does not hold the event; `LogError`.
    mutating func event(_ sequence: UInt64, ofRecordAt position: RecordPosition) throws -> Envelope {
        let record = try record(at: position)
        guard sequence >= record.firstSequence, sequence - record.firstSequence < record.envelopes.count else {
            throw TidingsError(.corrupt, "the record at \(position) does not hold event \(sequence)")
        }
        return try Envelope(binary: record.bytes[record.envelopes[Int(sequence - record.firstSequence)]])
    }

    private mutating func record(at position: RecordPosition) throws -> Record {
        if let last, last.position == position { return last }
        let bytes = try log.read(at: LogPosition(position))
        var firstSequence: UInt64 = 0
        var envelopes: [Range<Int>] = []
        try PublishLayout.forEachEvent(in: bytes.span.bytes) { entry in
            if envelopes.isEmpty { firstSequence = entry.sequence }
            envelopes.append(entry.envelope)
            return true
        }
        let record = Record(position: position, bytes: bytes, firstSequence: firstSequence, envelopes: envelopes)
        last = record
        return record
    }
}
