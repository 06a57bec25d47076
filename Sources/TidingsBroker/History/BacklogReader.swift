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
    mutating func read(_ reading: BrokerState.Reading) throws -> [BrokerState.Loaded] {
        var loaded: [BrokerState.Loaded] = []
        loaded.reserveCapacity(reading.count)
        for stretch in reading.stretches { try read(stretch, into: &loaded) }
        guard loaded.count == reading.count else {
            throw TidingsError(
                .corrupt, "the log holds \(loaded.count) of \(reading.count) events that a queue still needs")
        }
        return loaded
    }

    private mutating func read(_ stretch: BrokerState.Reading.Stretch, into loaded: inout [BrokerState.Loaded]) throws {
        var next = 0
        var found = loaded
        loaded = []
        var room = room
        _ = try log.scan(from: stretch.start, until: stretch.end) { position, record in
            try PublishLayout.forEachEvent(in: record) { entry in
                guard next < stretch.sequences.count else { return false }
                guard entry.sequence == stretch.sequences[next] else { return true }
                next += 1
                let isHeld = room >= entry.envelope.count + 512
                if isHeld { room -= entry.envelope.count + 512 }
                let place = StoredEvent.Place(
                    position: position, offset: UInt32(entry.envelope.lowerBound),
                    length: UInt32(entry.envelope.count))
                let cached = isHeld ? CachedEvent(try entry.event(in: record)) : nil
                let event = StoredEvent(cached, at: place, time: entry.time)
                found.append(BrokerState.Loaded(sequence: entry.sequence, key: entry.key, event: event))
                return true
            }
            return next < stretch.sequences.count
        }
        self.room = room
        loaded = found
    }
}
