import Tidings
import TidingsBroker
import TidingsRouting

/// How long the lock of the embedded bus is held at once, while 64 publishers publish in batches of 16 and one in batches
/// of 10,000 to a hundred groups, of which ten are consumed, with checkpoints, alarms, ledgers and removal.
struct LockBenchmark: Benchmark {
    static let name = "lock"

    private static let groups = 100
    private static let consumed = 10

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        let times = try await withEmbeddedBus(in: rounds.folder) { bus in
            let consumers = try await join(bus)
            bus.lockTimes.begin()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for consumer in consumers.prefix(Self.consumed) {
                    group.addTask { try? await Self.consume(consumer) }
                }
                try await load(bus)
                group.cancelAll()
            }
            return bus.lockTimes.end()
        }
        report(.heldLock("lock: held at once", times))
    }

    private func join(_ bus: EmbeddedEventBus) async throws -> [any EventConsumer] {
        var consumers: [any EventConsumer] = []
        for group in 0..<Self.groups {
            consumers.append(
                try await bus.subscribe(
                    Subscription(group: "group-\(group)", pattern: EventPattern(types: "benchmark.*"))))
        }
        return consumers
    }

    /// Publishes, and lets upkeep run meanwhile.
    private func load(_ bus: EmbeddedEventBus) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [time = rounds.measured] in
                _ = try await PublishBenchmark.rate(on: bus, publishers: 64, batch: 16, for: time * 3)
            }
            group.addTask {
                var events = EventMaker(seed: 1000)
                for _ in 0..<5 { try await bus.publish(events.next(10_000)) }
            }
            group.addTask {
                for _ in 0..<10 {
                    await bus.runMaintenance()
                    _ = await bus.health()
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            try await group.waitForAll()
        }
    }

    private static func consume(_ consumer: any EventConsumer) async throws {
        while !Task.isCancelled {
            let deliveries = try await consumer.next(atMost: 100)
            _ = try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
        }
    }
}

extension BenchmarkResult {
    /// How long the lock of the embedded bus was held, each time. What other processes had of the processor meanwhile is
    /// not the bus's.
    static func heldLock(_ name: String, _ held: [LockTimes.Held]) -> BenchmarkResult {
        let times = held.map(\.processorTime).sorted()
        var result = BenchmarkResult(name: name, median: .time(times.median))
        result.ninetyNinth = .time(times[times.count * 99 / 100])
        let classes = [.microseconds(100), .milliseconds(1), .milliseconds(5)] as [Duration]
        let counts = classes.map { limit in "\(times.count { $0 > limit }) longer than \(Figure.time(limit))" }
        let longest = held.map(\.time).max() ?? .zero
        result.note =
            "of \(times.count) times \(counts.joined(separator: ", ")) of the processor's time, the longest "
            + "\(Figure.time(times[times.count - 1])) (by the clock \(Figure.time(longest))); the goal is 5 ms"
        return result
    }
}
