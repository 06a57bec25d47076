import CoreMetrics
import Logging
import Synchronization
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct MaintenanceTests {
    @Test func `a subscriber that runs by itself has its database pruned`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let counters = CounterWitness()
            let stock = withMetricsFactory(counters) {
                Subscriber("stock", bus: bench.bus, database: keeper.database, logger: bench.logger) {
                    On(Placed.self) { _, _ in }
                }
            }
            try await keeper.claim("e")
            try await bench.running(stock) {
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_inbox") == 0 }
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_effects") == 0 }
            }
            #expect(counters.value(of: "tidings_pruned") == 1)
        }
    }

    @Test func `a runtime has a database pruned on which nobody consumes`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            try await keeper.claim("e")
            let runtime = EventRuntime([], databases: [keeper.database], bus: bench.bus, logger: bench.logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await runtime.run() }
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_inbox") == 0 }
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_effects") == 0 }
                group.cancelAll()
                // A service group that is cancelled says so.
                _ = await group.nextResult()
            }
        }
    }

    @Test func `the inbox and outcomes stay while a group has not acknowledged an older event`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let slow = try await bench.join("stock", visibilityTimeout: .seconds(1_000_000))
            try await bench.publish(Placed(order: "slow"))
            let held = try await slow.next(atMost: 1)
            let stock = Subscriber("stock", bus: bench.bus, database: keeper.database, logger: bench.logger) {
                On(Placed.self) { _, _ in }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "quick"))
                try await bench.until { try await bench.count("tidings_inbox") == 1 }
                try await keeper.record(outcomeOf: "as old")
                try await keeper.add(saga: "as old", .completed)
                // Kept for longer than the inbox.
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_sagas") == 0 }
                #expect(try await bench.count("tidings_inbox") == 1)
                #expect(try await bench.count("tidings_effects") == 1)
                try await slow.settle(held.map { .acknowledge($0.receipt) })
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_inbox") == 0 }
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_effects") == 0 }
            }
        }
    }

    @Test func `the inbox and outcomes stay while nobody knows what a group has not acknowledged`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let bus = UnmeasuredBus(bench.bus)
            bus.failures.value = .max
            let stock = Subscriber("stock", bus: bus, database: keeper.database, logger: bench.logger) {
                On(Placed.self) { _, _ in }
            }
            try await keeper.claim("e")
            try await keeper.record(outcomeOf: "e")
            try await keeper.add(saga: "e", .completed)
            try await bench.running(stock) {
                // Kept for longer than the inbox.
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_sagas") == 0 }
                #expect(try await bench.count("tidings_inbox") == 1)
                #expect(try await bench.count("tidings_effects") == 1)
                bus.failures.value = 0
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_inbox") == 0 }
                try await bench.until(advancing: .seconds(5)) { try await bench.count("tidings_effects") == 0 }
            }
        }
    }

    @Test func `the inbox stays while the groups of its database are not there yet, or not any more`() async throws {
        try await Bench.with { bench in
            let keeper = try await Keeper(bench)
            let stock = Subscriber("stock", bus: bench.bus, database: keeper.database, logger: bench.logger) {
                On(Placed.self) { _, _ in }
            }
            try await keeper.claim("e")
            try await stock.makeGroup()
            try await keeper.pass(250)
            #expect(try await bench.count("tidings_inbox") == 1)
            try await bench.running(stock) {
                try await bench.until { stock.activity.begun > 0 }
            }
            try await keeper.pass(250)
            #expect(try await bench.count("tidings_inbox") == 1)
        }
    }

    @Test func `maintenance that fails is logged once for each outage and counted each time`() async throws {
        try await Bench.with { bench in
            let bus = UnmeasuredBus(bench.bus)
            let log = Notes()
            let counters = CounterWitness()
            let stock = withMetricsFactory(counters) {
                Subscriber(
                    "stock", bus: bus, database: bench.database,
                    logger: Logger(label: "test") { _ in NotingLogHandler(log) }
                ) {
                    On(Placed.self) { _, _ in }
                }
            }
            let failing = "warning measuring stock failed"
            let well = "info measuring stock works again"
            func count(_ start: String) -> Int { log.all.count { $0.hasPrefix(start) } }
            try await bench.running(stock) {
                for outage in 1...2 {
                    let before = counters.value(of: "tidings_maintenance_failures")
                    bus.failures.value = 3
                    try await bench.until(advancing: .seconds(1)) { count(well) == outage }
                    #expect(count(failing) == outage)
                    #expect(counters.value(of: "tidings_maintenance_failures") == before + 3)
                }
            }
        }
    }
}

/// A bus that cannot say how deep its queues are, for a while.
private final class UnmeasuredBus: EventBus {
    private let bus: any EventBus
    let failures = Dial()

    init(_ bus: any EventBus) {
        self.bus = bus
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] { try await bus.publish(events) }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        Consumer(consumer: try await bus.subscribe(subscription), failures: failures)
    }

    func health() async -> BusHealth { await bus.health() }

    private struct Consumer: EventConsumer {
        let consumer: any EventConsumer
        let failures: Dial

        func next(atMost maximum: Int) async throws -> [Delivery] { try await consumer.next(atMost: maximum) }

        func settle(_ settlements: [Settlement]) async throws -> [Receipt] { try await consumer.settle(settlements) }

        func depth() async throws -> QueueDepth {
            if failures.value > 0 {
                failures.value -= 1
                throw TidingsError(.unavailable, "nobody counts")
            }
            return try await consumer.depth()
        }

        func close() async { await consumer.close() }
    }
}

/// Metrics of which only the counters are kept.
private final class CounterWitness: MetricsFactory {
    private final class Count: CounterHandler {
        let number = Atomic<Int64>(0)

        func increment(by amount: Int64) { number.add(amount, ordering: .relaxed) }

        func reset() { number.store(0, ordering: .relaxed) }
    }

    private let counts = Mutex<[String: Count]>([:])

    func value(of label: String) -> Int {
        counts.withLock { Int($0[label]?.number.load(ordering: .relaxed) ?? 0) }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counts.withLock { counts in
            let count = counts[label] ?? Count()
            counts[label] = count
            return count
        }
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }

    func destroyCounter(_ handler: any CounterHandler) {}

    func destroyRecorder(_ handler: any RecorderHandler) {}

    func destroyTimer(_ handler: any TimerHandler) {}
}
