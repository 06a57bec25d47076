import Tidings
import TidingsLog

/// Reads events from the log, and a record that holds several of them only once.
struct RecordReader {
    private let log: Log
    private var last: Record?

    /// A publish record, and where its envelopes stand.
    private struct Record {
        let position: LogPosition
        let bytes: [UInt8]
        let firstSequence: UInt64
        let envelopes: [Range<Int>]
    }

    init(_ log: Log) {
        self.log = log
    }

    /// An event of the record that stands at a position.
    /// - Throws: `TidingsError` with code `corrupt` where the record is not the one that was written; `LogError`.
    mutating func event(_ sequence: UInt64, ofRecordAt position: LogPosition) throws -> Envelope {
        let record = try record(at: position)
        guard sequence >= record.firstSequence, sequence - record.firstSequence < record.envelopes.count else {
            throw TidingsError(.corrupt, "event \(sequence) does not stand at \(position)")
        }
        return try Envelope(binary: record.bytes[record.envelopes[Int(sequence - record.firstSequence)]])
    }

    private mutating func record(at position: LogPosition) throws -> Record {
        if let last, last.position == position { return last }
        let bytes = try log.read(at: position)
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
