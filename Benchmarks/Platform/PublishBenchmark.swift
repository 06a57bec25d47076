import Tidings
import TidingsBroker

/// Durable publishing through the embedded bus, with one rule that matches every event and nobody who consumes.
struct PublishBenchmark: Benchmark {
    static let name = "publish"

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        report(try await latency())
        for (publishers, batch, goal) in [(64, 1, 100_000.0), (256, 1, 230_000), (64, 16, nil)] {
            let each = batch == 1 ? "" : ", batches of \(batch)"
            report(
                try await rounds.rate(
                    "publish: \(publishers) publishers\(each)", besideGroupsOf: publishers * batch, goal: goal
                ) { time in
                    try await rate(publishers: publishers, batch: batch, for: time)
                })
        }
    }

    /// How long one publisher waits for one event.
    private func latency() async throws -> BenchmarkResult {
        var times: [Duration] = []
        var limits: [Duration] = []
        for _ in 0..<Rounds.count {
            limits += try RawWriter.run(groupsOf: 1, for: rounds.raw, in: rounds.folder).times
            times += try await withEmbeddedBus(in: rounds.folder) { bus in
                _ = try await bus.subscribe(.benchmark)
                return try await Self.publishTimes(to: bus, for: rounds.measured)
            }
        }
        let limit = limits.median
        let ninetyNinth = times.percentile(99)
        return BenchmarkResult(
            name: "publish: 1 publisher, one event", median: .time(times.median), ninetyNinth: .time(ninetyNinth),
            limit: .time(limit), note: "the p99 is \((ninetyNinth / limit).times) the raw limit; the goal is 3×")
    }

    private static func publishTimes(to bus: EmbeddedEventBus, for time: Duration) async throws -> [Duration] {
        let clock = ContinuousClock()
        let end = clock.now + time
        var events = EventMaker(seed: 0)
        var times: [Duration] = []
        while clock.now < end {
            let event = events.next()
            let start = clock.now
            try await bus.publish([event])
            times.append(clock.now - start)
        }
        return times
    }

    /// How many events a second become durable.
    private func rate(publishers: Int, batch: Int, for time: Duration) async throws -> Double {
        try await withEmbeddedBus(in: rounds.folder) { bus in
            _ = try await bus.subscribe(.benchmark)
            return try await Self.rate(on: bus, publishers: publishers, batch: batch, for: time)
        }
    }

    /// How many events a second so many publishers make durable on a bus.
    static func rate(
        on bus: EmbeddedEventBus, publishers: Int, batch: Int, hasSubjects: Bool = true, for time: Duration
    ) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + time
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for publisher in 0..<publishers {
                group.addTask {
                    var events = EventMaker(seed: publisher, hasSubjects: hasSubjects)
                    var count = 0
                    while clock.now < end { count += try await bus.publish(events.next(batch)).count }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }
}
