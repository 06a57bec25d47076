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
    /// After how many takeovers in a row the events are suspect of killing their service.
    private let suspicion = 3
    /// After how many the first of them is set aside.
    private let conviction = 10
    private let holding = Mutex(Holding())

    /// What a relay knows of its lease.
    private struct Holding {
        /// Until when it is its own, by ``TimeSource/uptime()``; it is renewed before.
        var end = Duration.zero
        /// Whether it got the lease when it last asked.
        var isHolder = false
        /// The lease of another owner, and since when its beat stands still.
        var other: (row: Lease.Row, since: Duration)?
        /// How often it was taken over in a row; the events are carried one by one while they are suspect.
        var takeovers = 0
        /// How many events were published one by one.
        var passed = 0
    }

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
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepLease() }
            await CancellableLoop.run { await self.carry(in: $0) }
            group.cancelAll()
        }
        if !Task.isCancelled { await drain() }
        await releaseLease()
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

    /// Renews the lease while it is held, so that it is not lost to a bus that answers late or not at all.
    private func keepLease() async {
        while !Task.isCancelled {
            try? await database.environment.time.sleep(for: leaseDuration / 3)
            if holding.withLock(\.isHolder) { _ = try? await renewLease() }
        }
    }

    /// Waits for a commit, or until a scheduled event is due; a second at most.
    private func waitForEvents() async throws {
        let environment = database.environment
        let due = try await database.engine.read { try ScheduledEvents.nextDue(in: $0) }
        let now = environment.now()
        let next: Timestamp
        if let due, due <= now {
            // It has come due meanwhile; or it is another relay's, which has the lease.
            if holding.withLock({ $0.isHolder }) { return }
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
            try await clearSuspicion()
            return 0
        }
        let events = rows.map(\.event)
        do {
            try await publish(events)
        } catch {
            // It was refused, and has killed nobody.
            try await noteProgress(of: 0)
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
            holding.withLock { $0 = Holding() }
            return 0
        }
        try await noteProgress(of: events.count)
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
        if holding.withLock({ $0.takeovers < suspicion }) {
            try await gate.pass(body)
        } else {
            try await gate.alone(body)
        }
    }

    private func nextRows() async throws -> [Outbox.Row] {
        let now = database.environment.now()
        let size = holding.withLock { $0.takeovers < suspicion } ? batchSize : 1
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
        let now = database.environment.time.uptime()
        let (isHeld, still) = holding.withLock { holding in
            (
                holding.end - now > leaseDuration / 2,
                holding.other.flatMap { now - $0.since >= leaseDuration ? $0.row : nil }
            )
        }
        return isHeld ? true : try await renewLease(takingFrom: still)
    }

    /// Takes or renews the lease.
    /// - Parameter still: the lease of an owner whose beat has stood still for too long.
    /// - Returns: whether it is held now.
    private func renewLease(takingFrom still: Lease.Row? = nil) async throws -> Bool {
        let now = database.environment.time.uptime()
        let row = try await database.engine.write(.relaxed) { [lease] in try lease.take(from: still, in: $0) }
        let isNew = holding.withLock { holding in
            guard row.owner == lease.owner else {
                if holding.other?.row != row { holding.other = (row, now) }
                holding.isHolder = false
                return false
            }
            defer { (holding.end, holding.isHolder, holding.other) = (now + leaseDuration, true, nil) }
            if !holding.isHolder { holding.takeovers = row.takeovers }
            return !holding.isHolder
        }
        if isNew {
            // Another version may be able to read what one could not.
            try await database.engine.write(.relaxed) { try Outbox.restoreUnreadable(in: $0) }
            if row.takeovers >= conviction { try await convictFirst(after: row.takeovers) }
        }
        return row.owner == lease.owner
    }

    // MARK: Events that kill

    /// Sets the first event aside: alone, it was begun so often and the process died each time.
    private func convictFirst(after takeovers: Int) async throws {
        let batch = try await database.engine.read { [batchBytes] in
            try Outbox.next(atMost: 1, bytes: batchBytes, in: $0)
        }
        if let place = batch.rows.first?.place {
            let reason = "begun \(takeovers) times in a row and never published: it seems to kill its service"
            try await setAside(place, because: reason)
        }
        try await setTakeovers(suspicion)
    }

    /// Notes that so many events were published: what comes next has killed nobody yet. Once a whole batch has passed one by
    /// one, none of those is left that were begun together.
    private func noteProgress(of count: Int) async throws {
        let takeovers = holding.withLock { holding in
            if holding.takeovers >= suspicion { holding.passed += count }
            return holding.passed < batchSize ? holding.takeovers : 1
        }
        if takeovers == 0 || takeovers == suspicion { return }
        try await setTakeovers(takeovers < suspicion ? 0 : suspicion)
    }

    /// Nothing waits that could be suspect.
    private func clearSuspicion() async throws {
        if holding.withLock(\.takeovers) > 0 { try await setTakeovers(0) }
    }

    private func setTakeovers(_ count: Int) async throws {
        try await database.engine.write(.relaxed) { [lease] in try lease.setTakeovers(count, in: $0) }
        holding.withLock { holding in
            holding.takeovers = count
            if count == 0 { holding.passed = 0 }
        }
    }

    private func releaseLease() async {
        holding.withLock { $0 = Holding() }
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
