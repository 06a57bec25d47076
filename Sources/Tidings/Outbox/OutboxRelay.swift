import CoreMetrics
package import Logging
import ServiceLifecycle
import Synchronization
import Tracing

/// Carries a database's outbox to the bus: in batches, in order, one relay at a time.
///
/// A row is deleted once the bus has said that its event is durable. A crash in between publishes it again under the
/// same id, which consumers' inboxes make harmless. A commit wakes the relay; it also looks once a second.
package final class OutboxRelay: Service {
    private let database: ServiceDatabase
    private let bus: any EventBus
    private let logger: Logger
    private let eventLogLevel: Logger.Level
    private let metrics: OutboxMetrics
    private let lease: Lease
    private let batchSize = 500
    /// Half of what a bus takes at once; a larger event goes alone.
    private let batchBytes = 8 << 20
    /// After a crash, the outbox waits so long for the lease of the process that died.
    private let leaseDuration = Duration.seconds(3)
    private let leaseEnd = Mutex(Timestamp(microseconds: 0))
    /// Whether it got the lease when it last asked.
    private let isHolder = Mutex(false)

    /// Makes a relay.
    /// - Parameters:
    ///   - database: whose outbox.
    ///   - bus: where to.
    ///   - logger: where each published event is noted.
    ///   - eventLogLevel: the level of the line that notes a published event.
    package init(
        from database: ServiceDatabase, to bus: any EventBus, logger: Logger, eventLogLevel: Logger.Level = .debug
    ) {
        self.database = database
        self.bus = bus
        self.logger = logger
        self.eventLogLevel = eventLogLevel
        metrics = OutboxMetrics(service: database.service)
        lease = Lease(name: "outbox", owner: database.environment.makeID().rawValue)
    }

    /// Carries events until the task is cancelled or the service group shuts down; then, in the latter case, what is left.
    package func run() async throws {
        var backoff = Backoff()
        while !Task.isStopping {
            do {
                let count = try await relayBatch()
                backoff = Backoff()
                metrics.connected.record(1)
                // More may wait than a batch holds.
                if count == 0 { try await waitForEvents() }
            } catch is CancellationError {
                break
            } catch {
                metrics.failures.increment()
                metrics.connected.record(0)
                logger.warning(
                    "The outbox of \(database.service) could not be published", metadata: ["error": "\(error)"])
                let delay = backoff.next(random: database.environment.random())
                try? await cancelWhenGracefulShutdown { try await self.database.environment.time.sleep(for: delay) }
            }
        }
        if !Task.isCancelled { await drain() }
        await releaseLease()
    }

    /// Waits for a commit, or until a scheduled event is due; a second at most.
    private func waitForEvents() async throws {
        let environment = database.environment
        let due = try await database.engine.read { try ScheduledEvents.nextDue(in: $0) }
        let now = environment.now()
        let next: Timestamp
        if let due, due <= now {
            // It has come due meanwhile; or it is another relay's, which has the lease.
            if isHolder.withLock({ $0 }) { return }
            next = now + .milliseconds(50)
        } else {
            next = due ?? now + .seconds(1)
        }
        try await cancelWhenGracefulShutdown {
            try await self.database.published.wait(until: min(next, now + .seconds(1)), on: environment.time)
        }
    }

    /// Publishes what was committed before the end; what cannot be published now waits for the next start.
    private func drain() async {
        do {
            while try await relayBatch() > 0 {}
        } catch {
            logger.warning(
                "The outbox of \(database.service) keeps the rest for the next start", metadata: ["error": "\(error)"])
        }
    }

    /// Publishes the first events that wait, one batch of them.
    /// - Returns: how many events it published.
    func relayBatch() async throws -> Int {
        guard try await holdsLease() else { return 0 }
        let rows = try await nextRows()
        if rows.isEmpty { return 0 }
        let events = rows.map(\.event)
        try await withSpan("relay", ofKind: .producer) { span in
            span.attributes["messaging.batch.message_count"] = events.count
            _ = try await bus.publish(events)
        }
        // Undone by a power cut, they are published again under the same ids.
        try await database.engine.write(.relaxed) { try Outbox.remove(rows, in: $0) }
        metrics.published.increment(by: events.count)
        log(events)
        return events.count
    }

    private func nextRows() async throws -> [Outbox.Row] {
        let now = database.environment.now()
        let (rows, depth, hasDue) = try await database.engine.read { [batchSize, batchBytes] connection in
            let (rows, areAll) = try Outbox.next(atMost: batchSize, bytes: batchBytes, in: connection)
            let depth = areAll ? rows.count : try Outbox.depth(in: connection).count
            return (rows, depth, try ScheduledEvents.nextDue(in: connection).map { $0 <= now } == true)
        }
        metrics.depth.record(depth)
        guard hasDue else { return rows }
        // They come behind what waits already.
        let moved = try await database.engine.write { [batchSize] in try Outbox.insertDue(batchSize, at: now, in: $0) }
        return rows.isEmpty && moved > 0 ? try await nextRows() : rows
    }

    /// Takes or renews the lease that lets one relay at a time work on this outbox.
    private func holdsLease() async throws -> Bool {
        let now = database.environment.now()
        if leaseEnd.withLock({ $0 - now > leaseDuration / 2 }) { return true }
        let end = now + leaseDuration
        let isTaken = try await database.engine.write(.relaxed) { [lease] in
            try lease.take(until: end, at: now, in: $0)
        }
        isHolder.withLock { $0 = isTaken }
        guard isTaken else { return false }
        leaseEnd.withLock { $0 = end }
        return true
    }

    private func releaseLease() async {
        leaseEnd.withLock { $0 = Timestamp(microseconds: 0) }
        // If this fails, the next relay waits until the lease has expired.
        try? await database.engine.write(.relaxed) { [lease] in try lease.release(in: $0) }
    }

    private func log(_ events: [Envelope]) {
        guard logger.logLevel <= eventLogLevel else { return }
        for event in events {
            logger.log(
                level: eventLogLevel,
                "Published event: \(event.type) (ID: \(event.id)) to \(event.subject ?? event.type.rawValue)",
                metadata: event.logMetadata)
        }
    }
}
