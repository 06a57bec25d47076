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
        _ outgoing: OutgoingBatch, routed: Routed?, at now: Timestamp, keepingFree reserve: Int, _ log: Log,
        _ continuation: CheckedContinuation<Published, any Error>
    ) throws {
        try checkOpen()
        try appendUnrecorded(log)
        let time = durable.time(at: now)
        duplicates.expire(at: time)
        var published = Published(firstSequence: durable.nextSequence)
        for (index, identity) in outgoing.identities.enumerated() {
            if let known = duplicates.find(identity) {
                published.known[index] = known
            } else {
                duplicates.append(identity, at: time)
            }
        }
        guard published.known.count < outgoing.batch.count else { return waitForKnown(published, continuation) }
        let fresh = published.known.isEmpty ? outgoing : outgoing.leavingOut(published.known)
        let routes = routes(of: fresh.batch.events, routed, published.known)
        let ticket: LogTicket
        do {
            ticket = try write(fresh, routes, at: time, keepingFree: reserve, log)
        } catch {
            duplicates.removeLast(fresh.batch.count)
            throw error
        }
        fresh.batch.stand(at: ticket.position, from: published.firstSequence, time: time)
        durable.publish(routes, at: time, ticket.position)
        pending.append(
            PendingPublish(
                ordinal: ticket.ordinal, batch: fresh.batch, routes: routes, published: published,
                continuation: continuation))
    }

    /// The queues of events: those that were chosen without the lock, if nothing has changed since, or what their types
    /// decide, which are mostly the same.
    private mutating func routes(
        of events: [Envelope], _ routed: Routed?, _ known: [Int: UInt64]
    ) -> [PublishLayout.Route] {
        var found: [PublishLayout.Route] = []
        if let routed, routed.version == routesVersion {
            for (index, queues) in routed.queues.enumerated() where known.isEmpty || known[index] == nil {
                PublishLayout.Route.add(queues, to: &found)
            }
            return found
        }
        let readsContent = routes.readsContent
        for index in events.indices {
            if index > 0, !readsContent, events[index].type == events[index - 1].type {
                found[found.count - 1].events += 1
            } else {
                PublishLayout.Route.add(routes.matches(events[index]), to: &found)
            }
        }
        return found
    }

    private func write(
        _ outgoing: OutgoingBatch, _ routes: [PublishLayout.Route], at time: Timestamp, keepingFree reserve: Int,
        _ log: Log
    ) throws(LogError) -> LogTicket {
        let head = PublishLayout.Head(time: time, firstSequence: durable.nextSequence, events: outgoing.batch.count)
        let size = PublishLayout.headByteCount(routes) + outgoing.body.count
        return try log.append(byteCount: size, urgency: .sync, keepingFree: reserve) { span in
            span.withUnsafeMutableBytes { buffer, initializedCount in
                var writer = BinaryWriter(buffer)
                PublishLayout.write(head, routes, into: &writer)
                writer.write(outgoing.body)
                initializedCount = writer.offset
            }
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
                ordinal: last.ordinal, batch: nil, routes: [], published: published, continuation: continuation))
    }
}
