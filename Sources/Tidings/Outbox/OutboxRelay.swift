import CoreMetrics
public import Logging
public import ServiceLifecycle
import Synchronization
import Tracing

/// Carries a database's outbox to the bus: in batches, in order, one relay at a time.
///
/// A row is deleted once the bus has said that its event is durable. A crash in between publishes it again under the
/// same id, which consumers' inboxes make harmless. A commit wakes the relay; it also looks once a second.
public final class OutboxRelay: Service {
    private let database: Database
    private let bus: any EventBus
    private let logger: Logger
    private let metrics: OutboxMetrics
    private let owner: String
    private let batchSize = 500
    /// Half of what a bus takes at once; a larger event goes alone.
    private let batchBytes = 8 << 20
    /// After a crash, the outbox waits so long for the lease of the process that died.
    private let leaseDuration = Duration.seconds(3)
    private let leaseEnd = Mutex(Timestamp(microseconds: 0))

    private struct Row: Sendable {
        let place: Int64
        let event: Envelope
    }

    /// Makes a relay.
    /// - Parameters:
    ///   - database: whose outbox.
    ///   - bus: where to.
    ///   - logger: where each published event is noted.
    public init(from database: Database, to bus: any EventBus, logger: Logger) {
        self.database = database
        self.bus = bus
        self.logger = logger
        metrics = OutboxMetrics(service: database.service)
        owner = database.environment.makeID().rawValue
    }

    /// Carries events until the task is cancelled or the service group shuts down; then, in the latter case, what is left.
    public func run() async throws {
        let time = database.environment.time
        var pause = Backoff()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let count = try await relayBatch()
                pause = Backoff()
                metrics.connected.record(1)
                // More may wait than a batch holds.
                if count > 0 { continue }
                try await cancelWhenGracefulShutdown {
                    try await self.database.published.wait(atMost: .seconds(1), on: time)
                }
            } catch is CancellationError {
                break
            } catch {
                metrics.failures.increment()
                metrics.connected.record(0)
                logger.warning(
                    "The outbox waits: what it holds could not be published", metadata: ["error": "\(error)"])
                let delay = pause.next(random: database.environment.random())
                try? await cancelWhenGracefulShutdown { try await time.sleep(for: delay) }
            }
        }
        if !Task.isCancelled { await drain() }
        await releaseLease()
    }

    /// Publishes what was committed before the end; what cannot be published now waits for the next start.
    private func drain() async {
        do {
            while try await relayBatch() > 0 {}
        } catch {
            logger.warning("The outbox keeps what is left for the next start", metadata: ["error": "\(error)"])
        }
    }

    /// Publishes what waits, one batch of it.
    /// - Returns: how many events it published.
    func relayBatch() async throws -> Int {
        let rows = try await nextRows()
        if rows.isEmpty { return 0 }
        let events = rows.map(\.event)
        try await withSpan("relay", ofKind: .producer) { span in
            span.attributes["messaging.batch.message_count"] = events.count
            _ = try await bus.publish(events)
        }
        try await database.engine.write { connection in
            // One by one, never "up to": a transaction that commits late may have a lower place than these.
            _ = try connection.execute(
                "DELETE FROM tidings_outbox WHERE place = ?", forEach: rows.map { [.integer($0.place)] })
        }
        metrics.published.increment(by: events.count)
        log(events)
        return events.count
    }

    private func nextRows() async throws -> [Row] {
        guard try await holdsLease() else { return [] }
        let (rows, depth) = try await database.engine.read { [self] connection in
            let sizes = try connection.query(
                "SELECT place, length(envelope) AS size FROM tidings_outbox ORDER BY place LIMIT \(batchSize)")
            // Counted only when it is more than a batch: the usual depth is known from the rows.
            let depth =
                sizes.count < batchSize
                ? sizes.count : try connection.query("SELECT count(*) AS n FROM tidings_outbox")[0].value("n")
            return (try load(fitting(sizes), connection), depth)
        }
        metrics.depth.record(depth)
        return rows
    }

    /// The places of the first that go together.
    private func fitting(_ rows: [SQLRow]) throws -> [Int64] {
        var bytes = 0
        var places: [Int64] = []
        for row in rows {
            bytes += try row.value("size", as: Int.self)
            if bytes > batchBytes, !places.isEmpty { break }
            places.append(try row.value("place"))
        }
        return places
    }

    private func load(_ places: [Int64], _ connection: any DatabaseConnection) throws -> [Row] {
        guard let first = places.first, let last = places.last else { return [] }
        return try connection.query(
            """
            SELECT place, envelope FROM tidings_outbox WHERE place BETWEEN \(first) AND \(last)
            ORDER BY place LIMIT \(places.count)
            """
        ).map { Row(place: try $0.value("place"), event: try $0.envelope("envelope")) }
    }

    /// Takes or renews the lease that lets one relay at a time work on this outbox.
    private func holdsLease() async throws -> Bool {
        let now = database.environment.now()
        if leaseEnd.withLock({ $0 - now > leaseDuration / 2 }) { return true }
        let end = now + leaseDuration
        let changed = try await database.engine.write { [owner] connection in
            try connection.execute(
                """
                INSERT INTO tidings_leases (name, owner, expires_at) VALUES ('outbox', \(owner), \(end))
                ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
                WHERE tidings_leases.owner = excluded.owner OR tidings_leases.expires_at <= \(now)
                """)
        }
        guard changed == 1 else { return false }
        leaseEnd.withLock { $0 = end }
        return true
    }

    private func releaseLease() async {
        let owner = owner
        leaseEnd.withLock { $0 = Timestamp(microseconds: 0) }
        // Without it, the next relay waits until the lease has run out.
        _ = try? await database.engine.write { connection in
            try connection.execute("DELETE FROM tidings_leases WHERE name = 'outbox' AND owner = \(owner)")
        }
    }

    private func log(_ events: [Envelope]) {
        guard logger.logLevel <= .info else { return }
        for event in events {
            logger.info(
                "Published event: \(event.type) (ID: \(event.id)) to \(event.subject ?? event.type.rawValue)",
                metadata: event.logMetadata)
        }
    }
}
