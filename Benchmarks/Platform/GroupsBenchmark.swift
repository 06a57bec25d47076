import Tidings
import TidingsBroker
import TidingsRouting

/// What many queues take of the memory: ten thousand, and thirty thousand events behind in each of a thousand of them that
/// are consumed; and how long the lock is held meanwhile.
struct GroupsBenchmark: Benchmark {
    static let name = "groups"

    private static let count = 10_000
    private static let consumed = 1_000
    private static let behind = 30_000
    /// How many queues a rule has at most.
    private static let targets = 100

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        try await withEmbeddedBus(in: rounds.folder) { bus in
            let before = ResidentMemory.now.current
            func memory(_ name: String, goal: Double) -> BenchmarkResult {
                BenchmarkResult(
                    name: name, median: .megabytes(Double(ResidentMemory.now.current - before)),
                    goal: .megabytes(goal))
            }
            try await Self.declareAll(on: bus)
            report(memory("groups: memory of \(Self.count) queues", goal: 100))
            let consumers = try await Self.consumers(on: bus)
            bus.lockTimes.begin()
            // In batches of ten, so that the windows hold as many runs as they may.
            try await publish(Self.behind, inBatchesOf: 10, to: bus)
            await bus.runMaintenance()
            _ = await bus.health()
            report(memory("groups: memory with \(Self.behind) events behind in \(Self.consumed)", goal: 500))
            let start = ContinuousClock.now
            try await Self.drain(consumers)
            let time = ContinuousClock.now - start
            let times = bus.lockTimes.end()
            report(
                BenchmarkResult(
                    name: "groups: acknowledged from all of them in turns",
                    median: .rate(Double(Self.behind * Self.consumed) / (time / .seconds(1)))))
            report(memory("groups: memory when all is acknowledged", goal: 500))
            report(.heldLock("groups: lock held at once", times))
        }
    }

    private static func declareAll(on bus: EmbeddedEventBus) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await bus.declareQueue("queue-\(number)") } }
            try await group.waitForAll()
        }
        for first in stride(from: 0, to: consumed, by: targets) {
            let queues = (first..<first + targets).map { EventRule.Target.queue("queue-\($0)") }
            try await bus.declareRule(EventRule("rule-\(first)", EventPattern(types: "benchmark.*"), to: queues))
        }
    }

    private static func consumers(on bus: EmbeddedEventBus) async throws -> [any EventConsumer] {
        var consumers: [any EventConsumer] = []
        for number in 0..<consumed { consumers.append(try await bus.consumer(ofQueue: "queue-\(number)")) }
        return consumers
    }

    private static func drain(_ consumers: [any EventConsumer]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<8 {
                group.addTask {
                    var left = stride(from: part, to: consumers.count, by: 8).map { (consumers[$0], behind) }
                    while !left.isEmpty {
                        for index in left.indices {
                            let deliveries = try await left[index].0.next(atMost: 1000)
                            _ = try await left[index].0.settle(deliveries.map { .acknowledge($0.receipt) })
                            left[index].1 -= deliveries.count
                        }
                        left.removeAll { $0.1 == 0 }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
