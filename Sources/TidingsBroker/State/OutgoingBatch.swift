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
        var places: [PublishedBatch.Place] = []
        places.reserveCapacity(events.count)
        var keys: [UInt64] = []
        keys.reserveCapacity(events.count)
        var size = 0
        var end = 0
        // By index: an envelope is a dozen references, which a copy would count.
        for index in events.indices {
            let length = events[index].binaryByteCount
            size += length
            try BusLimits.check(batchOf: events.count, bytes: size)
            let start = end + PublishLayout.eventHeadByteCount
            places.append(PublishedBatch.Place(offset: start, length: length))
            keys.append(OrderingKey.hash(of: events[index]))
            end = start + length
        }
        let body = [UInt8](unsafeUninitializedCapacity: end) { buffer, count in
            var writer = BinaryWriter(UnsafeMutableRawBufferPointer(buffer))
            for index in events.indices {
                PublishLayout.writeEventHead(key: keys[index], length: Int(places[index].length), into: &writer)
                events[index].writeBinary(into: &writer)
            }
            count = writer.offset
        }
        self.body = body
        identities = places.map { place in
            let start = Int(place.offset)
            return EventIdentity(envelope: body.span.bytes.extracting(start..<start + Int(place.length)))
        }
        batch = PublishedBatch(events, places, keys: keys)
    }

    /// The same without some of the events.
    func leavingOut(_ known: [Int: UInt64]) throws(TidingsError) -> OutgoingBatch {
        try OutgoingBatch(batch.events.indices.filter { known[$0] == nil }.map { batch.events[$0] })
    }
}
