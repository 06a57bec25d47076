package import Tidings

/// Events that are about to be published, encoded before the lock of the state is taken.
package struct OutgoingBatch {
    let batch: PublishedBatch
    let identities: [EventIdentity]
    /// Those of them that wait, in order.
    let delays: [BrokerRecord.EventDelay]
    /// The events as their record will hold them, behind its routes.
    let body: [UInt8]
    /// The bytes of the body that each event takes.
    private let sizes: [Int]

    /// - Throws: `TidingsError` with code `invalid` if they are more than one batch may hold, or one is to wait for longer
    ///   than an event may.
    package init(_ events: [Envelope], _ key: EventIdentity.Key, at now: Timestamp) throws(TidingsError) {
        delays = try Self.delays(of: events, at: now)
        var keys: [UInt64] = []
        keys.reserveCapacity(events.count)
        var sizes: [Int] = []
        sizes.reserveCapacity(events.count)
        var byteCount = 0
        // By index: an envelope is a dozen references, which a copy would count.
        for index in events.indices {
            let length = events[index].binaryByteCount
            byteCount += length
            try BusLimits.check(batchOf: events.count, bytes: byteCount)
            sizes.append(PublishLayout.eventHeadByteCount + length)
            keys.append(OrderingKey.hash(of: events[index]))
        }
        var identities: [EventIdentity] = []
        identities.reserveCapacity(events.count)
        byteCount += events.count * PublishLayout.eventHeadByteCount
        body = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var writer = BinaryWriter(bytes)
            for index in events.indices {
                let length = sizes[index] - PublishLayout.eventHeadByteCount
                PublishLayout.writeEventHead(key: keys[index], length: length, into: &writer)
                let start = writer.offset
                events[index].writeBinary(into: &writer)
                identities.append(EventIdentity(envelope: bytes.bytes.extracting(start..<writer.offset), key))
            }
            count = writer.offset
        }
        self.identities = identities
        self.sizes = sizes
        batch = Self.batch(events, keys, sizes)
    }

    private static func delays(
        of events: [Envelope], at now: Timestamp
    ) throws(TidingsError) -> [BrokerRecord.EventDelay] {
        var delays: [BrokerRecord.EventDelay] = []
        for index in events.indices {
            guard let until = try BusLimits.checkDelay(of: events[index], at: now) else { continue }
            delays.append(BrokerRecord.EventDelay(index: index, until: until))
        }
        return delays
    }

    private static func batch(_ events: [Envelope], _ keys: [UInt64], _ sizes: [Int]) -> PublishedBatch {
        PublishedBatch(
            events, keys: keys,
            heldByteCount: sizes.reduce(0) { $0 + PublishedBatch.heldByteCount(ofEnvelope: $1) })
    }

    /// The same without some of the events, by their place.
    func leavingOut(_ known: [Int: UInt64]) -> OutgoingBatch { OutgoingBatch(self, without: known) }

    private init(_ all: OutgoingBatch, without known: [Int: UInt64]) {
        let kept = all.sizes.indices.filter { known[$0] == nil }
        var starts = [0]
        for size in all.sizes { starts.append(starts[starts.count - 1] + size) }
        body = Array(kept.map { all.body[starts[$0]..<starts[$0 + 1]] }.joined())
        identities = kept.map { all.identities[$0] }
        let waiting = Dictionary(uniqueKeysWithValues: all.delays.map { ($0.index, $0.until) })
        delays = kept.enumerated().compactMap { index, old in
            waiting[old].map { BrokerRecord.EventDelay(index: index, until: $0) }
        }
        sizes = kept.map { all.sizes[$0] }
        batch = Self.batch(kept.map { all.batch.events[$0] }, kept.map { all.batch.keys[$0] }, sizes)
    }
}
