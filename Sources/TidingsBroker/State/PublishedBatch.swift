import Tidings
import TidingsLog

/// Consecutive events of one publish record: where they stand in the log and, until every window that waits for them has
/// handed them out, the events themselves.
///
/// Safety: made by one publisher or reader, and touched only under the lock of the broker's state from then on.
final class PublishedBatch: @unchecked Sendable {
    /// Where an event stands, counted from ``base`` in its record.
    struct Place {
        let offset: UInt32
        let length: UInt32

        /// A record is shorter than 4 GiB, which its frame's length has to hold.
        init(offset: Int, length: Int) {
            self.offset = UInt32(offset)
            self.length = UInt32(length)
        }
    }

    /// Where the record stands.
    var position: LogPosition
    /// How many bytes of the record stand before those that places count.
    var base = 0
    var firstSequence: UInt64
    var time: Timestamp
    private(set) var places: [Place]
    /// Hashes of the ordering keys.
    private(set) var keys: [UInt64]
    /// Empty where they are to be read from the log.
    private(set) var events: [Envelope]
    /// What the events take in memory while they are held, about: an envelope has a dozen texts.
    private(set) var heldByteCount: Int
    /// How many times one of them waits in a window to be taken for the first time.
    var readers = 0

    init(
        _ events: [Envelope], _ places: [Place], keys: [UInt64], firstSequence: UInt64 = 0,
        time: Timestamp = Timestamp(microseconds: 0), at position: LogPosition = LogPosition(segment: 0, offset: 0)
    ) {
        self.events = events
        self.places = places
        self.keys = keys
        self.firstSequence = firstSequence
        self.time = time
        self.position = position
        heldByteCount = places.reduce(0) { $0 + Self.heldByteCount(of: Int($1.length)) }
    }

    var count: Int { places.count }

    static func heldByteCount(of length: Int) -> Int { length + 512 }

    var isHeld: Bool { !events.isEmpty }

    /// Gives up the events, which stand in the log.
    func drop() { events = [] }

    /// Adds the event that follows, held or not like those before it.
    func append(_ place: Place, key: UInt64, _ event: Envelope?) {
        places.append(place)
        keys.append(key)
        if let event { events.append(event) }
        heldByteCount += Self.heldByteCount(of: Int(place.length))
    }
}

extension DeliveryQueue.Entry {
    /// The batch that the broker has hung on each entry of a window.
    var batch: PublishedBatch {
        guard let reference else { preconditionFailure("an entry of a window without its event") }
        return unsafeDowncast(reference, to: PublishedBatch.self)
    }
}
