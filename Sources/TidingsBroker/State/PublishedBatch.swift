import Tidings

/// Consecutive events of one publish record: where they stand in the log and, until every window that waits for them has
/// handed them out, the events themselves.
///
/// Safety: made by one publisher or reader, and touched only under the lock of the broker's state from then on.
final class PublishedBatch: @unchecked Sendable {
    /// Where the record stands.
    private(set) var position: RecordPosition
    private(set) var firstSequence: UInt64
    private(set) var time: Timestamp
    private(set) var count: Int
    /// Hashes of the ordering keys; empty once every window that is to have the events has them.
    private(set) var keys: [UInt64]
    /// Empty where they are to be read from the log.
    private(set) var events: [Envelope]
    /// What the events take in memory while they are held, about.
    private(set) var heldByteCount: Int
    /// How many times one of them waits in a window to be taken for the first time.
    var readers = 0

    /// Events whose record stands at a position, or is about to be staged.
    init(
        _ events: [Envelope], keys: [UInt64], heldByteCount: Int, firstSequence: UInt64 = 0,
        time: Timestamp = Timestamp(microseconds: 0),
        at position: RecordPosition = RecordPosition(segment: 0, offset: 0)
    ) {
        self.events = events
        self.keys = keys
        self.heldByteCount = heldByteCount
        self.firstSequence = firstSequence
        self.time = time
        self.position = position
        count = keys.count
    }

    /// What an event takes in memory, about, whose envelope has so many bytes in the log: it is a dozen texts.
    static func heldByteCount(ofEnvelope byteCount: Int) -> Int { byteCount + 512 }

    /// The log has accepted its record.
    func stage(at position: RecordPosition, from firstSequence: UInt64, time: Timestamp) {
        self.position = position
        self.firstSequence = firstSequence
        self.time = time
    }

    var isHeld: Bool { !events.isEmpty }

    /// Gives up the events, which stand in the log.
    func drop() { events = [] }

    /// Gives up the keys, which stand in the windows.
    func dropKeys() { keys = [] }

    /// Adds the event that follows, held or not like those before it.
    func append(_ event: Envelope?, key: UInt64, heldByteCount: Int) {
        count += 1
        keys.append(key)
        if let event { events.append(event) }
        self.heldByteCount += heldByteCount
    }
}

extension DeliveryQueue.Entry {
    /// The batch that the broker has hung on each entry of a window.
    var batch: PublishedBatch {
        guard let reference else { preconditionFailure("an entry of a window without its event") }
        return unsafeDowncast(reference, to: PublishedBatch.self)
    }
}
