import Tidings
import TidingsLog

/// Loads events of a group from the log, one stretch after the other.
struct BacklogReader {
    private let log: Log
    /// How many bytes of events may still be held. Those beyond are read again when they are delivered.
    private var room: Int

    init(_ log: Log, room: Int) {
        self.log = log
        self.room = room
    }

    /// - Throws: `TidingsError` with code `corrupt` if an event is not in the log; `LogError`.
    mutating func read(_ reading: BrokerState.Reading) throws -> [PublishedBatch] {
        var loaded: [PublishedBatch] = []
        for stretch in reading.stretches { try read(stretch, into: &loaded) }
        let count = loaded.reduce(0) { $0 + $1.count }
        guard count == reading.count else {
            throw TidingsError(.corrupt, "the log holds \(count) of \(reading.count) events that a group still needs")
        }
        return loaded
    }

    private mutating func read(_ stretch: BrokerState.Reading.Stretch, into loaded: inout [PublishedBatch]) throws {
        var next = 0
        var found = loaded
        loaded = []
        var room = room
        try log.forEachEvent(from: stretch.start, until: stretch.end) { entry, record, position in
            guard entry.sequence == stretch.sequences[next] else { return true }
            next += 1
            let size = PublishedBatch.heldByteCount(ofEnvelope: entry.envelope.count)
            let isHeld = room >= size
            if isHeld { room -= size }
            let event = isHeld ? try entry.event(in: record) : nil
            if let last = found.last, last.position == position, last.isHeld == isHeld,
                last.firstSequence + UInt64(last.count) == entry.sequence
            {
                last.append(event, key: entry.key, heldByteCount: size)
            } else {
                found.append(
                    PublishedBatch(
                        event.map { [$0] } ?? [], keys: [entry.key], heldByteCount: size,
                        firstSequence: entry.sequence, time: entry.time, at: position))
            }
            return next < stretch.sequences.count
        }
        self.room = room
        loaded = found
    }
}
