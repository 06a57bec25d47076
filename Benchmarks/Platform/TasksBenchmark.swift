import Synchronization
import Tidings
import TidingsBroker
import TidingsRouting

/// How soon an empty task starts while the embedded bus matches the history of a quarter of a million events for each of
/// eight new groups, beside a bus that does nothing.
struct TasksBenchmark: Benchmark {
    static let name = "tasks"

    private static let events = 250_000
    private static let groups = 8

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        try await withEmbeddedBus(in: rounds.folder) { bus in
            let published = try await publish(to: bus)
            let idle = try await starts { false }
            for group in 0..<Self.groups {
                _ = try await bus.subscribe(
                    Subscription(group: "group-\(group)", pattern: EventPattern(types: "benchmark.*"), start: .earliest)
                )
            }
            let busy = try await starts {
                for group in 0..<Self.groups {
                    guard try await bus.ledger(of: "group-\(group)").published == published else { return true }
                }
                return false
            }
            var result = BenchmarkResult(
                name: "tasks: start while \(Self.groups) histories are matched", median: .time(busy.median))
            result.ninetyNinth = .time(busy.percentile(99))
            result.limit = .time(idle.median)
            result.note =
                "the longest of \(busy.count) took \(Figure.time(busy.percentile(100))), and \(Figure.time(idle.percentile(100))) "
                + "on an idle bus; the goal is 10 ms"
            report(result)
        }
    }

    private func publish(to bus: EmbeddedEventBus) async throws -> Int {
        var events = EventMaker(seed: 0)
        var count = 0
        while count < Self.events { count += try await bus.publish(events.next(1000)).count }
        return count
    }

    /// Starts an empty task each millisecond, for a second and for as long as the body says.
    private func starts(whileTrue body: () async throws -> Bool) async throws -> [Duration] {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(1)
        var times: [Duration] = []
        var goesOn = true
        while goesOn {
            for _ in 0..<50 {
                let start = clock.now
                await Task.detached {}.value
                times.append(clock.now - start)
                try await Task.sleep(for: .milliseconds(1))
            }
            let isBusy = try await body()
            goesOn = isBusy || clock.now < end
        }
        return times
    }
}
