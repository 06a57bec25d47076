import Tidings
import TidingsBroker
import TidingsRouting

/// What more queues cost a publish: 64 publishers in batches of 16, with one group, two, ten and a hundred and one that all
/// get every event and that nobody consumes.
struct QueuesBenchmark: Benchmark {
    static let name = "queues"

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        let goals = [1: "", 2: "1.05×", 10: "1.2×", 101: "2×"]
        let counts = goals.keys.sorted()
        var rates: [Int: [Double]] = [:]
        // Side by side, so that what the disk does meanwhile happens to all.
        for _ in 0..<Rounds.count {
            for count in counts { rates[count, default: []].append(try await rate(queues: count)) }
        }
        let one = rates[1, default: []]
        for count in counts {
            let these = rates[count, default: []]
            var result = BenchmarkResult(name: "queues: publish with \(count)", median: .rate(these.median))
            if count > 1 {
                // The median of what each round cost beside the one with a single queue.
                let cost = zip(one, these).map { $0 / $1 }.sorted().median
                result.note = "\(cost.times) the cost with one; the goal is \(goals[count, default: ""])"
            }
            report(result)
        }
    }

    private func rate(queues: Int) async throws -> Double {
        try await withEmbeddedBus(in: rounds.folder) { bus in
            for queue in 0..<queues {
                let group = Subscription(group: "queue-\(queue)", pattern: EventPattern(types: "benchmark.*"))
                await (try await bus.subscribe(group)).close()
            }
            return try await PublishBenchmark.rate(on: bus, publishers: 64, batch: 16, for: rounds.measured)
        }
    }
}
