import Synchronization
import Tidings
import TidingsBroker

/// The whole way in one process: publish, route, consume, acknowledge, in batches of 100.
struct ConsumeBenchmark: Benchmark {
    static let name = "consume"

    private static let batch = 100
    private static let publishers = 8
    private static let consumers = 2
    /// So many that a round takes about its time where the goal is reached.
    private static let goal = 300_000.0

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        report(
            try await rounds.rate(
                "consume: publish to acknowledge, batches of \(Self.batch)",
                besideGroupsOf: Self.publishers * Self.batch, goal: Self.goal
            ) { time in
                let batches = max(Self.publishers, Int(Self.goal * (time / .seconds(1))) / Self.batch)
                return try await withEmbeddedBus(in: rounds.folder) { bus in
                    try await Run(bus: bus, consumer: bus.subscribe(.benchmark), batches: batches).rate()
                }
            })
    }

    /// One round: a number of batches on their way through a bus.
    private final class Run: Sendable {
        private let bus: EmbeddedEventBus
        private let consumer: any EventConsumer
        private let events: Int
        private let batchesToPublish: Atomic<Int>
        private let acknowledged = Atomic(0)

        init(bus: EmbeddedEventBus, consumer: any EventConsumer, batches: Int) {
            self.bus = bus
            self.consumer = consumer
            events = batches * ConsumeBenchmark.batch
            batchesToPublish = Atomic(batches)
        }

        /// Events a second from the first publish to the last acknowledge.
        func rate() async throws -> Double {
            let clock = ContinuousClock()
            let start = clock.now
            return try await withThrowingTaskGroup(of: Bool.self) { group in
                for publisher in 0..<ConsumeBenchmark.publishers {
                    group.addTask { try await self.publish(as: publisher) }
                }
                for _ in 0..<ConsumeBenchmark.consumers {
                    group.addTask { try await self.consume() }
                }
                while try await group.next() == false {}
                let time = clock.now - start
                // The other consumers wait for events that never come.
                group.cancelAll()
                return Double(self.events) / (time / .seconds(1))
            }
        }

        private func publish(as publisher: Int) async throws -> Bool {
            var events = EventMaker(seed: publisher)
            while batchesToPublish.subtract(1, ordering: .relaxed).newValue >= 0 {
                try await bus.publish(events.next(ConsumeBenchmark.batch))
            }
            return false
        }

        /// Returns when everything was acknowledged.
        private func consume() async throws -> Bool {
            while acknowledged.load(ordering: .relaxed) < events {
                let deliveries = try await consumer.next(atMost: ConsumeBenchmark.batch)
                try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
                acknowledged.add(deliveries.count, ordering: .relaxed)
            }
            return true
        }
    }
}
