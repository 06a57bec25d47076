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

    /// What was read, and what cannot be.
    struct Backlog {
        var batches: [PublishedBatch] = []
        var unreadable: [UnreadableEvent] = []
    }

    /// - Throws: `LogError` if the disk cannot be read.
    mutating func read(_ reading: BrokerState.Reading) throws -> Backlog {
        var backlog = Backlog()
        for stretch in reading.stretches { try read(stretch, into: &backlog) }
        return backlog
    }

    private mutating func read(_ stretch: BrokerState.Reading.Stretch, into backlog: inout Backlog) throws {
        var damage: LogError?
        func note(_ found: LogError) { damage = damage ?? found }
        var missing: [UInt64] = []
        var next = 0
        var found = backlog.batches
        backlog.batches = []
        var room = room
        try log.forEachEvent(from: stretch.start, until: stretch.end, onDamage: note) {
            entry, record, position in
            // Those before it are in what is damaged, or were never there.
            while next < stretch.sequences.count, stretch.sequences[next] < entry.sequence {
                missing.append(stretch.sequences[next])
                next += 1
            }
            guard next < stretch.sequences.count else { return false }
            guard entry.sequence == stretch.sequences[next] else { return true }
            next += 1
            let size = PublishedBatch.heldByteCount(ofEnvelope: entry.envelope.count)
            // What does not decode is found out again when it is delivered.
            let event = room >= size ? try? entry.event(in: record) : nil
            let isHeld = event != nil
            if isHeld { room -= size }
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
        backlog.batches = found
        missing += stretch.sequences[next...]
        let reason = damage?.message ?? "the log does not hold it"
        for sequence in missing {
            backlog.unreadable.append(UnreadableEvent(sequence, at: stretch.start, because: reason))
        }
    }
}
