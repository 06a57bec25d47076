import Tidings
import TidingsLog
import TidingsRouting

extension BrokerState {
    /// Routes that an event's content decides; nil where the type alone does, which is looked up under the lock.
    var contentRoutes: ContentRoutes? {
        routes.readsContent ? ContentRoutes(version: routesVersion, routes: routes) : nil
    }

    /// The routes at a moment, to be asked without the lock.
    struct ContentRoutes {
        let version: Int
        let routes: EventRoutes<UInt32>
    }

    /// The queues of a batch, as they were decided by a version of the routes.
    struct Routed {
        let version: Int
        let queues: [[UInt32]]
    }

    /// Stages events; the continuation gets their sequences once they are durable.
    ///
    /// - Parameters:
    ///   - routed: the queues that were chosen without the lock, if they were.
    ///   - reserve: how many bytes must stay free for consumers where the disk is full.
    mutating func publish(
        _ events: [OutgoingEvent], routed: Routed?, at now: Timestamp, keepingFree reserve: Int, _ log: Log,
        _ continuation: CheckedContinuation<Published, any Error>
    ) throws {
        try checkOpen()
        try appendUnrecorded(log)
        let time = durable.time(at: now)
        duplicates.expire(at: time)
        let firstSequence = durable.nextSequence
        var published = Published(firstSequence: firstSequence)
        for (index, event) in events.enumerated() {
            if let known = duplicates.find(event.identity) {
                published.known[index] = known
            } else {
                duplicates.append(event.identity, at: time)
            }
        }
        let count = events.count - published.known.count
        guard count > 0 else { return waitForKnown(published, continuation) }

        var fresh: [(key: UInt64, queues: [UInt32], stored: StoredEvent)] = []
        fresh.reserveCapacity(count)
        var size = PublishLayout.headByteCount
        let isRouted = routed?.version == routesVersion
        for (index, event) in events.enumerated() where published.known.isEmpty || published.known[index] == nil {
            let queues = if isRouted, let routed { routed.queues[index] } else { routes.matches(event.cached.envelope) }
            fresh.append((event.key, queues, event.stored))
            size += PublishLayout.eventHeadByteCount(queues: queues.count) + event.bytes.count
        }
        let ticket: LogTicket
        do {
            ticket = try write(
                events, fresh, published, size: size, at: time, keepingFree: reserve, log)
        } catch {
            duplicates.removeLast(count)
            throw error
        }
        record(fresh, at: time, ticket.position)
        pending.append(
            PendingPublish(
                ordinal: ticket.ordinal, firstSequence: firstSequence, events: fresh, published: published,
                continuation: continuation))
    }

    private func write(
        _ events: [OutgoingEvent], _ fresh: [(key: UInt64, queues: [UInt32], stored: StoredEvent)],
        _ published: Published, size: Int, at time: Timestamp, keepingFree reserve: Int, _ log: Log
    ) throws(LogError) -> LogTicket {
        try log.append(byteCount: size, urgency: .sync, keepingFree: reserve) { span in
            span.withUnsafeMutableBytes { buffer, initializedCount in
                var writer = BinaryWriter(buffer)
                PublishLayout.writeHead(
                    time: time, firstSequence: published.firstSequence, count: fresh.count, into: &writer)
                var next = 0
                for (index, event) in events.enumerated()
                where published.known.isEmpty || published.known[index] == nil {
                    PublishLayout.writeEvent(
                        event.bytes, key: event.key, queues: fresh[next].queues, into: &writer)
                    next += 1
                }
                initializedCount = writer.offset
            }
        }
    }

    /// Lets the durable state go on by the record that was staged.
    private mutating func record(
        _ fresh: [(key: UInt64, queues: [UInt32], stored: StoredEvent)], at time: Timestamp, _ position: LogPosition
    ) {
        durable.beginPublish(at: time, position)
        var offset = UInt32(PublishLayout.headByteCount)
        for event in fresh {
            offset += UInt32(PublishLayout.eventHeadByteCount(queues: event.queues.count))
            let length = event.stored.place.length
            event.stored.place = StoredEvent.Place(position: position, offset: offset, length: length)
            event.stored.time = time
            offset += length
            durable.addEvent(to: event.queues)
        }
    }

    /// Answers a publisher all of whose events are known, once they are durable.
    private mutating func waitForKnown(
        _ published: Published, _ continuation: CheckedContinuation<Published, any Error>
    ) {
        guard let last = pending.last, published.known.values.contains(where: { $0 > lastShown }) else {
            return continuation.resume(returning: published)
        }
        if isStalled { return continuation.resume(throwing: TidingsError.diskFull) }
        pending.append(
            PendingPublish(
                ordinal: last.ordinal, firstSequence: durable.nextSequence, events: [], published: published,
                continuation: continuation))
    }
}
