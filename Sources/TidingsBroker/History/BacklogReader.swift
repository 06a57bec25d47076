import Tidings
import TidingsLog

/// Brings the events of a queue that are on the disk into memory, a stretch of the log after the other.
struct BacklogReader {
    private let log: Log
    /// How many bytes of events may still be held; the others are read again when they are delivered.
    private var room: Int

    init(_ log: Log, room: Int) {
        self.log = log
        self.room = room
    }

    /// - Throws: `TidingsError` with code `corrupt` where an event is not where it should be; `LogError`.
    mutating func read(_ reading: BrokerState.Reading) throws -> [PublishedBatch] {
        var loaded: [PublishedBatch] = []
        for stretch in reading.stretches { try read(stretch, into: &loaded) }
        let count = loaded.reduce(0) { $0 + $1.count }
        guard count == reading.count else {
            throw TidingsError(.corrupt, "the log holds \(count) of \(reading.count) events that a queue still needs")
        }
        return loaded
    }

    private mutating func read(_ stretch: BrokerState.Reading.Stretch, into loaded: inout [PublishedBatch]) throws {
        var next = 0
        var found = loaded
        loaded = []
        var room = room
        _ = try log.scan(from: stretch.start, until: stretch.end) { position, record in
            try PublishLayout.forEachEvent(in: record) { entry in
                guard next < stretch.sequences.count else { return false }
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
                return true
            }
            return next < stretch.sequences.count
        }
        self.room = room
        loaded = found
    }
}
