import Tidings
import TidingsBroker
import TidingsRouting

/// What more rules cost a publish: 64 publishers in batches of 16, with one rule by content and with ten thousand, of which
/// the same one chooses every event.
struct RulesBenchmark: Benchmark {
    static let name = "rules"

    private static let count = 10_000

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        try await withEmbeddedBus(in: rounds.folder) { one in
            try await withEmbeddedBus(in: rounds.folder) { many in
                try await Self.declare(1, on: one)
                try await Self.declare(Self.count, on: many)
                var rates: (one: [Double], many: [Double]) = ([], [])
                for _ in 0..<Rounds.count {
                    rates.one.append(try await rate(on: one))
                    rates.many.append(try await rate(on: many))
                }
                report(BenchmarkResult(name: "rules: publish with one", median: .rate(rates.one.median)))
                var result = BenchmarkResult(
                    name: "rules: publish with ten thousand", median: .rate(rates.many.median))
                let cost = zip(rates.one, rates.many).map { $0 / $1 }.sorted().median
                result.note = "\(cost.times) the cost with one; the goal is 1.3×"
                report(result)
            }
        }
    }

    /// One rule that chooses every event by its data, and others that look for something else there.
    private static func declare(_ count: Int, on bus: EmbeddedEventBus) async throws {
        try await bus.declareQueue("all")
        try await bus.declareRule(
            EventRule("all", try EventPattern(json: #"{"data":{"note":[{"prefix":"xxx"}]}}"#), to: ["all"]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1..<count {
                let pattern = try EventPattern(
                    json: #"{"type":["benchmark.published.v1"],"data":{"note":["note \#(number)"]}}"#)
                group.addTask { try await bus.declareRule(EventRule("rule \(number)", pattern, to: ["all"])) }
            }
            try await group.waitForAll()
        }
    }

    private func rate(on bus: EmbeddedEventBus) async throws -> Double {
        try await PublishBenchmark.rate(on: bus, publishers: 64, batch: 16, for: rounds.measured)
    }
}
