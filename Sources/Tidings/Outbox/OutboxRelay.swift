import CoreMetrics
package import Logging
import ServiceLifecycle
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
    private let lease: RelayLease
    private let batchSize = 500
    /// Half of what a bus takes at once; a larger event goes alone.
    private let batchBytes = 8 << 20

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
        lease = RelayLease(on: database)
    }

    /// Carries events until the task is cancelled or the service group shuts down; then, in the latter case, what is left.
    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.lease.keep() }
            await CancellableLoop.run { await self.carry(in: $0) }
            group.cancelAll()
        }
        if !Task.isCancelled { await drain() }
        await lease.release()
    }

    private func carry(in loop: CancellableLoop) async {
        var backoff = Backoff()
        while !Task.isStopping {
            do {
                let count = try await turn(of: loop)
                database.relayFailure.note(nil)
                backoff = Backoff()
                metrics.connected.record(1)
                // More may wait than a batch holds.
                if count == 0 { try await waitForEvents() }
            } catch is CancellationError {
                break
            } catch {
                metrics.failures.increment()
                metrics.connected.record(0)
                database.relayFailure.note("\(error)")
                logger.warning(
                    "The outbox of \(database.service) could not be published", metadata: ["error": "\(error)"])
                let delay = backoff.next(random: database.environment.random())
                try? await cancelWhenGracefulShutdown { try await self.database.environment.time.sleep(for: delay) }
            }
        }
    }

    private func turn(of loop: CancellableLoop) async throws -> Int {
        let description = { @Sendable [name = database.service] () -> WorkInProgress.Description? in
            WorkInProgress.Description(
                "the relay of \(name)", heldBy: "the bus or the database, which does not answer",
                holdsUp: "all that the service publishes")
        }
        let piece = database.work.begin(.loop, limit: StuckLimits.loop, cancel: { loop.cancel() }, description)
        defer { database.work.end(piece) }
        return try await relayBatch()
    }

    /// Waits for a commit, or until a scheduled event is due; a second at most.
    private func waitForEvents() async throws {
        let environment = database.environment
        let due = try await database.engine.read { try ScheduledEvents.nextDue(in: $0) }
        let now = environment.now()
        let next: Timestamp
        if let due, due <= now {
            // It has come due meanwhile; or it is another relay's, which has the lease.
            if lease.isHeld { return }
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
    package func relayBatch() async throws -> Int {
        guard try await holdsLease() else { return 0 }
        let rows = try await nextRows()
        if rows.isEmpty {
            try await lease.clearSuspicion()
            return 0
        }
        let events = rows.map(\.event)
        do {
            try await publish(events)
        } catch {
            // It was refused, and has killed nobody.
            try await lease.noteProgress(of: 0, ofBatch: batchSize)
            throw error
        }
        // Undone by a power cut, they are published again under the same ids.
        let isHeld = try await database.engine.write(.relaxed) { [lease] connection in
            guard try lease.isHeld(in: connection) else { return false }
            try Outbox.remove(rows, in: connection)
            return true
        }
        // Whoever holds the lease now publishes them again.
        guard isHeld else {
            lease.lose()
            return 0
        }
        try await lease.noteProgress(of: events.count, ofBatch: batchSize)
        metrics.published.increment(by: events.count)
        log(events)
        return events.count
    }

    private func publish(_ events: [Envelope]) async throws {
        let gate = database.environment.suspects
        let body = { @Sendable [bus] in
            try await withSpan("relay", ofKind: .producer) { span in
                span.attributes["messaging.batch.message_count"] = events.count
                _ = try await bus.publish(events)
            }
        }
        if lease.isSuspect {
            try await gate.alone(body)
        } else {
            try await gate.pass(body)
        }
    }

    private func nextRows() async throws -> [Outbox.Row] {
        let now = database.environment.now()
        let size = lease.isSuspect ? 1 : batchSize
        let (batch, depth, hasDue) = try await database.engine.read { [batchBytes] connection in
            let batch = try Outbox.next(atMost: size, bytes: batchBytes, in: connection)
            let depth = batch.isAll ? batch.rows.count : try Outbox.depth(in: connection).count
            return (batch, depth, try ScheduledEvents.nextDue(in: connection).map { $0 <= now } == true)
        }
        metrics.depth.record(depth)
        for (place, reason) in batch.unreadable { try await setAside(place, because: reason) }
        if batch.rows.isEmpty, !batch.unreadable.isEmpty { return try await nextRows() }
        guard hasDue else { return batch.rows }
        // They come behind what waits already.
        let moved = try await database.engine.write { [batchSize] in try Outbox.insertDue(batchSize, at: now, in: $0) }
        return batch.rows.isEmpty && moved > 0 ? try await nextRows() : batch.rows
    }

    private func setAside(_ place: Int64, because reason: String) async throws {
        try await database.engine.write { try Outbox.setAside(place, because: reason, in: $0) }
        metrics.setAside.increment()
        logger.error(
            "An event of the outbox of \(database.service) is set aside",
            metadata: ["place": "\(place)", "reason": "\(reason)"])
    }

    /// Takes or renews the lease that lets one relay at a time work on this outbox.
    private func holdsLease() async throws -> Bool {
        switch try await lease.take() {
        case .kept: return true
        case .refused: return false
        case .taken(let takeovers):
            // Another version may be able to read what one could not.
            try await database.engine.write(.relaxed) { try Outbox.restoreUnreadable(in: $0) }
            if takeovers >= RelaySuspicion.conviction { try await convictFirst(after: takeovers) }
            return true
        }
    }

    /// Sets the first event aside: alone, it was begun so often and the process died each time.
    private func convictFirst(after takeovers: Int) async throws {
        let batch = try await database.engine.read { [batchBytes] in
            try Outbox.next(atMost: 1, bytes: batchBytes, in: $0)
        }
        if let place = batch.rows.first?.place {
            let reason = "begun \(takeovers) times in a row and never published: it seems to kill its service"
            try await setAside(place, because: reason)
        }
        try await lease.noteConviction()
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
