import Logging
import Synchronization
import Tidings
import TidingsSQLite

/// Events a second through a subscriber: taken from the bus, claimed in the inbox, handled, their answers written to the
/// outbox, committed with `synchronous=FULL`, acknowledged; in batches of 100. The bus is in memory, so that the
/// database and the runtime are what is measured.
struct HandleBenchmark: Benchmark {
    static let name = "handle"

    private static let batch = 100
    private static let goal = 37_500.0

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        report(
            try await rounds.rate(
                "handle: inbox, handler, outbox, in batches of \(Self.batch)", besideGroupsOf: Self.batch,
                goal: Self.goal
            ) { time in
                let batches = max(10, Int(Self.goal * (time / .seconds(1))) / Self.batch)
                return try await rounds.folder.withFolder { try await Self.rate(of: batches, in: $0) }
            })
    }

    private static func rate(of batches: Int, in folder: String) async throws -> Double {
        let bus = MemoryEventBus()
        let database = try await ServiceDatabase(
            SQLiteEngine.open("\(folder)/service.sqlite"), service: "benchmark", source: "/benchmarks",
            migrations: [Migration("stock", "CREATE TABLE stock (product TEXT PRIMARY KEY, quantity BIGINT NOT NULL)")])
        var options = SubscriberOptions()
        options.batchSize = batch
        let subscriber = Subscriber(
            "stock", bus: bus, database: database, options: options, logger: Logger(label: "benchmarks")
        ) {
            On(Ordered.self) { ordered, transaction in
                try transaction.execute(
                    """
                    INSERT INTO stock (product, quantity) VALUES (\(ordered.product), \(ordered.quantity))
                    ON CONFLICT (product) DO UPDATE SET quantity = quantity + excluded.quantity
                    """)
                try transaction.publish(Reserved(order: ordered.order))
            }
        }
        try await subscriber.makeGroup()
        for number in 0..<batches { try await bus.publish(try events(number)) }
        let clock = ContinuousClock()
        let start = clock.now
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await subscriber.run() }
            await bus.waitUntilIdle()
            let time = clock.now - start
            group.cancelAll()
            try await group.waitForAll()
            return Double(batches * batch) / (time / .seconds(1))
        }
    }

    private static func events(_ number: Int) throws -> [Envelope] {
        let environment = RuntimeEnvironment.system
        return try (0..<batch).map { index in
            let order = Ordered(order: "order-\(number)-\(index)", product: "p-\(index % 10)", quantity: 1)
            return try Envelope(order, id: environment.makeID(), source: "/shop", time: environment.now())
        }
    }

    private struct Ordered: Event {
        static let type: EventType = "benchmark.ordered.v1"
        let order: String
        let product: String
        let quantity: Int
        var subject: String? { order }
    }

    private struct Reserved: Event {
        static let type: EventType = "benchmark.reserved.v1"
        let order: String
        var subject: String? { order }
    }
}
