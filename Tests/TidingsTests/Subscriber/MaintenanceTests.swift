import CoreMetrics
import Logging
import Synchronization
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct MaintenanceTests {
    @Test func `an outcome past the horizon goes and a fresh one of its namesake stays`() async throws {
        try await Bench.with { bench in
            let old = bench.clock.now()
            bench.clock.advance(by: .seconds(15 * 86_400))
            let now = bench.clock.now()
            try await bench.database.transaction { transaction in
                for (source, at) in [("/old", old), ("/fresh", now)] {
                    try transaction.execute(
                        """
                        INSERT INTO tidings_effects (consumer, event_id, source, outcome, at)
                        VALUES ('stock', 'same', \(source), '1', \(at))
                        """)
                }
            }
            let stock = bench.subscriber { On(Placed.self) { _, _ in } }
            try await bench.running(stock) {
                try await bench.until { try await bench.count("tidings_effects", where: "source = '/old'") == 0 }
                #expect(try await bench.count("tidings_effects", where: "source = '/fresh'") == 1)
            }
        }
    }

    @Test func `an outcome that only a namesake of a parked event has goes and that of the parked one stays`()
        async throws
    {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { _, _ in throw Unhappy() }
            }
            let old = bench.clock.now()
            try await bench.running(stock) {
                try await bench.bus.publish([try bench.envelope(of: Placed(order: "a"), id: "same")])
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                try await bench.database.transaction { transaction in
                    for source in ["/test", "/other"] {
                        try transaction.execute(
                            """
                            INSERT INTO tidings_effects (consumer, event_id, source, outcome, at)
                            VALUES ('stock', 'same', \(source), '1', \(old))
                            """)
                    }
                }
                bench.clock.advance(by: .seconds(15 * 86_400))
                try await bench.until(advancing: .seconds(1)) { try await bench.count("tidings_effects") == 1 }
                #expect(try await bench.count("tidings_effects", where: "source = '/test'") == 1)
            }
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
                    logger: Logger(label: "test") { _ in NotingLogHandler(notes: log) }
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

/// Notes each line as its level and its message.
private struct NotingLogHandler: LogHandler {
    let notes: Notes
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(notes: Notes) {
        self.notes = notes
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        notes.add("\(event.level) \(event.message)")
    }
}
