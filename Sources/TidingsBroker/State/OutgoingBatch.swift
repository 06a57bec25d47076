import Tidings
import TidingsLog

/// Events that are about to be published, with all that can be done before the state's lock is taken.
struct OutgoingBatch {
    let batch: PublishedBatch
    let identities: [EventIdentity]
    /// The events as their record will hold them, behind its head.
    let body: [UInt8]

    /// - Throws: `TidingsError` with code `invalid` where they are more than go together.
    init(_ events: [Envelope]) throws(TidingsError) {
        var keys: [UInt64] = []
        keys.reserveCapacity(events.count)
        var lengths: [Int] = []
        lengths.reserveCapacity(events.count)
        var size = 0
        // By index: an envelope is a dozen references, which a copy would count.
        for index in events.indices {
            lengths.append(events[index].binaryByteCount)
            size += lengths[index]
            try BusLimits.check(batchOf: events.count, bytes: size)
            keys.append(OrderingKey.hash(of: events[index]))
        }
        var identities: [EventIdentity] = []
        identities.reserveCapacity(events.count)
        body = [UInt8](unsafeUninitializedCapacity: size + events.count * PublishLayout.eventHeadByteCount) {
            buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var writer = BinaryWriter(bytes)
            for index in events.indices {
                PublishLayout.writeEventHead(key: keys[index], length: lengths[index], into: &writer)
                let start = writer.offset
                events[index].writeBinary(into: &writer)
                identities.append(EventIdentity(envelope: bytes.bytes.extracting(start..<writer.offset)))
            }
            count = writer.offset
        }
        self.identities = identities
        batch = PublishedBatch(
            events, keys: keys,
            heldByteCount: lengths.reduce(0) { $0 + PublishedBatch.heldByteCount(ofEnvelope: $1) })
    }

    /// The same without some of the events.
    func leavingOut(_ known: [Int: UInt64]) throws(TidingsError) -> OutgoingBatch {
        try OutgoingBatch(batch.events.indices.filter { known[$0] == nil }.map { batch.events[$0] })
    }
}
