import Tidings

/// Consecutive events of one publish record: their position in the log and, until every window that refers to them has
/// handed them out, the events themselves.
///
/// Safety: made by one publisher or reader, and touched only under the lock of the broker's state from then on.
final class PublishedBatch: @unchecked Sendable {
    /// The position of the record.
    private(set) var position: RecordPosition
    private(set) var firstSequence: UInt64
    private(set) var time: Timestamp
    private(set) var count: Int
    /// Hashes of the ordering keys; empty once the events are in their windows.
    private(set) var keys: [UInt64]
    /// Empty if they are to be read from the log.
    private(set) var events: [Envelope]
    /// About how many bytes the events take while they are held.
    private(set) var heldByteCount: Int
    /// How many entries of windows refer to events that were not handed out yet.
    var readers = 0

    /// Events whose record is at a position, or is about to be staged.
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

    /// About how many bytes an event takes in memory whose envelope has so many in the log: it has a dozen texts.
    static func heldByteCount(ofEnvelope byteCount: Int) -> Int { byteCount + 512 }

    /// The log has accepted its record.
    func stage(at position: RecordPosition, from firstSequence: UInt64, time: Timestamp) {
        self.position = position
        self.firstSequence = firstSequence
        self.time = time
    }

    var isHeld: Bool { !events.isEmpty }

    /// Drops the events, which the log holds.
    func drop() { events = [] }

    /// Drops the keys, which the windows hold.
    func dropKeys() { keys = [] }

    /// The entry of an event for a window.
    /// - Parameter keys: Those of all of them if the window orders by key; else empty.
    func entry(_ index: Int, keys: [UInt64], attempts: UInt32 = 0) -> DeliveryQueue.Entry {
        DeliveryQueue.Entry(
            sequence: firstSequence + UInt64(index), key: keys.isEmpty ? 0 : keys[index], attempts: attempts,
            reference: self)
    }

    /// Adds the event that follows, held or not like those before it.
    func append(_ event: Envelope?, key: UInt64, heldByteCount: Int) {
        count += 1
        keys.append(key)
        if let event { events.append(event) }
        self.heldByteCount += heldByteCount
    }
}

extension DeliveryQueue.Entry {
    /// The batch to which the broker lets each entry of a window refer.
    var batch: PublishedBatch {
        guard let reference else { preconditionFailure("an entry of a window refers to no batch") }
        return unsafeDowncast(reference, to: PublishedBatch.self)
    }
}
