public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization
import TidingsRouting

/// Consumes events for one consumer group, each exactly once in its effect on the group's database.
///
/// ```swift
/// let inventory = Subscriber("inventory", bus: bus, database: database, logger: logger) {
///     On(OrderCreated.self) { order, transaction in … }
/// }
/// ```
///
/// A batch of events is handled in one transaction: one statement claims them in the inbox, each handler has a
/// savepoint, and what the handlers publish is written to the outbox. After the commit the batch is acknowledged; a
/// crash anywhere means redelivery, and the inbox makes the second time harmless. An event whose handler fails is
/// parked in the same transaction and tried again with backoff; what runs out of attempts is a ``DeadLetter``. Later
/// events of its key wait behind it; other keys are not delayed.
///
/// While the database or what a handler calls is gone, nothing is spent: the subscriber pauses, gives its events back,
/// and ``health`` says why.
public final class Subscriber: Service {
    /// The name of the consumer group.
    public let name: String
    let bus: any EventBus
    let database: Database
    let options: SubscriberOptions
    let logger: Logger
    let handlers: [EventHandler]
    let mistakes: [String]
    let timers: [@Sendable (Database, any TimeSource) async throws -> Timestamp?]
    let metrics: EventMetrics
    let handlerMetrics: [HandlerMetrics]
    /// Wakes the retry loop after something was parked or redriven.
    let parked = Signal()
    /// Why it has paused, by the loop that has.
    let pausedBecause = Mutex<[String: String]>([:])

    /// Makes a subscriber; it works while ``run()`` runs.
    /// - Parameters:
    ///   - name: the consumer group, unique among the subscribers of one process and bus.
    ///   - bus: where events come from.
    ///   - database: the consumer's own database.
    ///   - options: how it works.
    ///   - logger: where failures are told.
    ///   - parts: its handlers, one for a type at most.
    public init(
        _ name: String, bus: any EventBus, database: Database, options: SubscriberOptions = SubscriberOptions(),
        logger: Logger, @SubscriberBuilder _ parts: () -> SubscriberParts
    ) {
        let parts = parts()
        self.name = name
        self.bus = bus
        self.database = database
        self.options = options
        self.logger = logger
        handlers = parts.handlers
        mistakes = parts.mistakes
        timers = parts.timers
        metrics = EventMetrics(service: database.service, consumer: name)
        handlerMetrics = parts.handlers.map { [metrics] in metrics.handler($0.name) }
    }

    /// Whether it works, and why not.
    public var health: SubscriberHealth {
        SubscriberHealth(name: name, pausedBecause: pausedBecause.withLock { $0.min { $0.key < $1.key }?.value })
    }

    /// Makes the consumer group, so that it gets whatever is published from now on, handled once ``run()`` runs.
    ///
    /// A group that exists stays as it is, so this matters at the very first start: join every subscriber before
    /// anything is published, or before relays run.
    /// The name is this subscriber's from then on, until ``run()`` has ended or the subscriber is gone.
    /// - Throws: ``TidingsError`` with code `misconfigured` where two handlers take one type, an option is out of its
    ///   range, or two subscribers of this process have one name.
    public func join() async throws {
        let table = try checkedTable()
        try SubscriberRegistry.shared.enter(self, isRunning: false)
        try await subscribe(to: table.types)?.close()
    }

    /// Consumes until the task is cancelled or the service group shuts down, then finishes what it has begun.
    /// - Throws: ``TidingsError`` with code `misconfigured` at once, where two handlers take one type, an option is out
    ///   of its range, or two subscribers of this process have one name.
    public func run() async throws {
        let route = try checkedTable()
        try SubscriberRegistry.shared.enter(self, isRunning: true)
        defer { SubscriberRegistry.shared.leave(self) }
        guard let consumer = try await subscribe(to: route.types) else { return }
        let turns = Signal()
        turns.signal()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<options.concurrency {
                group.addTask { await self.consume(from: consumer, in: turns, by: route, as: number) }
            }
            group.addTask { await self.retryParked(by: route) }
            group.addTask { await self.housekeep(consumer) }
            for (number, timer) in timers.enumerated() { group.addTask { await self.run(timer, as: number) } }
        }
        pausedBecause.withLock { $0 = [:] }
        await consumer.close()
    }

    /// The handlers by type, of a subscriber whose parts and options can work.
    private func checkedTable() throws(TidingsError) -> HandlerTable {
        try options.check(for: name)
        if let mistake = mistakes.first { throw TidingsError(.misconfigured, "subscriber \(name): \(mistake)") }
        return try HandlerTable(handlers, subscriber: name)
    }

    /// Joins the group, waiting for the bus where it cannot be reached; `nil` when it is time to stop.
    private func subscribe(to types: [EventType]) async throws -> (any EventConsumer)? {
        let subscription = Subscription(
            group: name, pattern: try EventPattern(exactly: types.map(\.rawValue)), start: options.start,
            visibilityTimeout: options.visibilityTimeout)
        var pauses = Pauses(of: "subscribe")
        while !isStopping {
            do {
                let consumer = try await bus.subscribe(subscription)
                resume(&pauses)
                return consumer
            } catch let error as TidingsError where error.isOutage && error.code != .closed {
                await pause(because: error, &pauses)
            }
        }
        return nil
    }

    /// Runs a timer's work whenever it is due, and looks once a second for what others have set.
    private func run(
        _ timer: @Sendable (Database, any TimeSource) async throws -> Timestamp?, as number: Int
    ) async {
        var pauses = Pauses(of: "timer \(number)")
        let time = database.environment.time
        while !isStopping {
            do {
                let next = try await timer(database, time)
                resume(&pauses)
                let wait = next.map { min($0 - time.now(), .seconds(1)) } ?? .seconds(1)
                try await cancelWhenGracefulShutdown { try await time.sleep(for: max(wait, .milliseconds(1))) }
            } catch is CancellationError {
                return
            } catch {
                await pause(because: error, &pauses)
            }
        }
    }
}
