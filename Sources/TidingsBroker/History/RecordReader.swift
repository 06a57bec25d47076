import Tidings
import TidingsLog

/// Reads publish records from the log. A record that is asked for several times in a row is read once.
struct RecordReader {
    private let log: Log
    private var last: Record?

    /// A publish record and its events.
    struct Record {
        fileprivate let position: RecordPosition
        let bytes: [UInt8]
        let entries: [PublishLayout.Entry]
    }

    init(_ log: Log) {
        self.log = log
    }

    /// Decodes an event of the record at a position.
    /// - Throws: `TidingsError` with code `corrupt` if the record does not hold the event; `LogError`.
    mutating func event(_ sequence: UInt64, ofRecordAt position: RecordPosition) throws -> Envelope {
        let record = try record(at: position)
        // At its place among the events that there were, or before that if some were taken out.
        let place = record.entries.first.map { sequence < $0.sequence ? 0 : Int(clamping: sequence - $0.sequence) + 1 }
        guard let entry = record.entries.prefix(place ?? 0).last(where: { $0.sequence <= sequence }),
            entry.sequence == sequence
        else { throw TidingsError(.corrupt, "the record at \(position) does not hold event \(sequence)") }
        return try Envelope(binary: record.bytes[entry.envelope])
    }

    mutating func record(at position: RecordPosition) throws -> Record {
        if let last, last.position == position { return last }
        let bytes = try log.read(at: LogPosition(position))
        var entries: [PublishLayout.Entry] = []
        try PublishLayout.forEachEvent(in: bytes.span.bytes) { entry in
            entries.append(entry)
            return true
        }
        let record = Record(position: position, bytes: bytes, entries: entries)
        last = record
        return record
    }
}
