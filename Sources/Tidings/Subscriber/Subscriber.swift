public import Logging
import Metrics
public import ServiceLifecycle
import TidingsRouting

/// Consumes events for one consumer group, each exactly once in its effect on the group's database.
///
/// ```swift
/// let inventory = Subscriber("inventory", bus: bus, database: database, logger: logger) {
///     On(OrderCreated.self) { order, transaction in … }
/// }
/// try await EventRuntime([inventory], bus: bus, logger: logger).run()
/// ```
///
/// A batch of events goes through five stages: it is taken from the bus, prepared (decoded), its effects run, it is
/// handled, and it is settled. It is handled in one transaction: one statement claims it in the inbox, the handlers run,
/// and what they publish is written to the outbox. After the commit the batch is settled; a crash anywhere means
/// redelivery, and the inbox makes the second time harmless. An event whose handler fails is parked in the same
/// transaction and tried again with backoff; when its attempts run out it is a ``DeadLetter``. Later events of its key
/// wait behind it; other keys are not delayed.
///
/// While the database or the bus is not available, the subscriber pauses and gives its events back. While what a handler
/// calls is not available, its events park with their keys, and the rest goes on. No attempt is spent in either case, and
/// ``health`` says why.
public final class Subscriber: Service {
    /// The name of the consumer group, 1 to 255 bytes; unique among the subscribers of one process and bus. It begins with
    /// the scope of the database, if that has one: `orders.checkout`.
    public let name: String
    let bus: any EventBus
    package let database: ServiceDatabase
    private let options: SubscriberOptions
    private let logger: Logger
    private let parts: SubscriberParts
    private let report: SubscriberReport
    private let pruning: DatabaseMaintenance
    let status: SubscriberStatus

    /// Makes a subscriber; it works while ``run()`` runs.
    /// - Parameters:
    ///   - name: the consumer group, unique among the subscribers of one process and bus; a scope of the database is
    ///     put before it. With it, 255 bytes at most.
    ///   - bus: where events come from.
    ///   - database: the consumer's own database.
    ///   - options: how it works.
    ///   - logger: where failures are logged.
    ///   - parts: its handlers; no two that could take one event.
    public init(
        _ name: String, bus: any EventBus, database: ServiceDatabase, options: SubscriberOptions = SubscriberOptions(),
        logger: Logger, @SubscriberBuilder _ parts: () -> SubscriberParts
    ) {
        let name = database.scope?.group(name) ?? name
        self.name = name
        self.bus = bus
        self.database = database
        self.options = options
        self.logger = logger
        self.parts = parts()
        pruning = DatabaseMaintenance(of: database, logger: logger)
        status = SubscriberStatus(of: name, database.environment, logger)
        report = SubscriberReport(
            name, service: database.service, handlers: self.parts.handlers, slowBody: options.slowBody, status: status,
            logger: logger)
    }

    /// Whether it works now, and why not. May be read from any task.
    public var health: SubscriberHealth { status.health }

    /// How much work its loops have begun, and how much of it is at hand: taken, tried again, or woken.
    package var activity: (begun: Int, current: Int) { status.activity }

    /// When the next of its parked events is tried again.
    package func nextRetry(in connection: any DatabaseConnection) throws -> Timestamp? {
        try ParkedEvents(
            consumer: name, afterDeadLetter: options.afterDeadLetter, types: parts.handlers.flatMap(\.types)
        ).nextDue(in: connection)
    }

    /// Makes the consumer group, so that it gets whatever is published from now on, handled once ``run()`` runs.
    ///
    /// A group that exists stays as it is. The name is this subscriber's from then on, until ``run()`` has ended or the
    /// subscriber is gone.
    /// - Throws: ``TidingsError`` with code `misconfigured` if two handlers could take one event, an option is out of its range,
    ///   the inbox forgets before the bus does, or two subscribers of this process have one name.
    package func makeGroup() async throws {
        let handlers = try checkedHandlers()
        try SubscriberRegistry.shared.enter(self, isRunning: false)
        database.maintenance.expectGroup()
        try await subscribe(to: handlers.pattern)?.close()
    }

    /// Consumes until the task is cancelled or the service group shuts down, then finishes what it has begun.
    ///
    /// ``EventRuntime`` runs subscribers and makes their groups before anything is published; a subscriber that runs by
    /// itself gets what is published after its group was made.
    /// - Throws: ``TidingsError`` with code `misconfigured` at once, if two handlers could take one event, an option is out
    ///   of its range, the bus lacks what an option needs, or two subscribers of this process have one name.
    public func run() async throws {
        let handlers = try checkedHandlers()
        try SubscriberRegistry.shared.enter(self, isRunning: true)
        defer { SubscriberRegistry.shared.leave(self) }
        // Before the bus is reached, nobody knows what waits there.
        let number = database.maintenance.enter()
        defer { database.maintenance.leave(number) }
        let processor = BatchProcessor(name, handlers: handlers, database: database, options: options)
        database.running.add(RunningSubscriber(parked: processor.parked, status: status, timers: parts.timers))
        defer { database.running.remove(name) }
        guard let consumer = try await subscribe(to: handlers.pattern) else { return }
        await withTaskGroup(of: Void.self) { group in
            let holds = BatchHolds(timeout: options.visibilityTimeout, on: database)
            let claims = BatchHolds(timeout: RetryLoop.lease, on: database)
            for holds in [holds, claims] { group.addTask { await holds.run() } }
            await runLoops(consumer, processor, as: number, holds: holds, claims: claims)
            group.cancelAll()
        }
        status.clear()
        await consumer.close()
    }

    /// Runs what consumes, retries, wakes and maintains, until all of it has ended.
    private func runLoops(
        _ consumer: any EventConsumer, _ processor: BatchProcessor, as number: Int, holds: BatchHolds,
        claims: BatchHolds
    ) async {
        let turns = Signal()
        turns.signal()
        let maintenance = SubscriberMaintenance(
            consumer: consumer, processor: processor, metrics: report.metrics, group: number, status: status)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<options.concurrency {
                group.addTask { [report, status] in
                    await CancellableLoop.run { loop in
                        await ConsumingLoop(
                            number: number, consumer: consumer, processor: processor, report: report, status: status,
                            holds: holds, turns: turns, loop: loop
                        ).run()
                    }
                }
            }
            let retrying = RetryLoop(processor: processor, report: report, status: status, holds: claims)
            group.addTask { await retrying.run() }
            for loop in maintenance.loops(logger) { group.addTask { await loop.run() } }
            group.addTask { [pruning] in await pruning.run() }
            for (number, timer) in parts.timers.enumerated() {
                let loop = TimerLoop(number: number, timer: timer, database: database, status: status)
                group.addTask { await loop.run() }
            }
        }
    }

    /// The handlers of a subscriber whose parts and options can work.
    private func checkedHandlers() throws(TidingsError) -> HandlerTable {
        try PlainName.check(name, as: "the consumer group of a subscriber", code: .misconfigured)
        try options.check(for: name, on: bus)
        try database.retention.check(for: database.service, on: bus)
        if let mistake = parts.mistakes.first {
            throw TidingsError(.misconfigured, "subscriber \(name): \(mistake)")
        }
        return try HandlerTable(parts.handlers, subscriber: name, scope: database.scope)
    }

    /// Joins the group, waiting for the bus if it cannot be reached; `nil` when it is time to stop.
    private func subscribe(to pattern: EventPattern) async throws -> (any EventConsumer)? {
        let subscription = Subscription(
            group: name, pattern: pattern, start: options.start, visibilityTimeout: options.visibilityTimeout)
        var pause = LoopPause(of: "subscribe", status)
        while !Task.isStopping {
            do {
                let consumer = try await bus.subscribe(subscription)
                pause.end()
                return consumer
            } catch let error as TidingsError where error.isOutage && error.code != .closed {
                await pause.wait(because: error)
            }
        }
        return nil
    }
}
