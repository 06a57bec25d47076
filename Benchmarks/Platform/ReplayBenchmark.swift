import Tidings
import TidingsBroker
import TidingsRouting

/// A replay of a million archived events to one queue: cancelled half-way, and started again until all are there, beside
/// a queue that must get nothing.
struct ReplayBenchmark: Benchmark {
    static let name = "replay"

    private static let events = 1_000_000

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        try await withEmbeddedBus(in: rounds.folder) { bus in
            try await bus.declareArchive(EventArchive("all", .all, retention: .seconds(86_400)))
            for queue in ["replayed", "other"] { try await bus.declareQueue(queue) }
            try await publish(Self.events, inBatchesOf: 1000, to: bus)

            let clock = ContinuousClock()
            try await bus.startReplay(EventReplay("first", of: "all", queues: ["replayed"]))
            while try await Self.status("first", on: bus).progress < 0.5 {
                try await clock.sleep(for: .milliseconds(1))
            }
            let start = clock.now
            try await bus.cancelReplay("first")
            let cancelled = clock.now - start
            let first = try await Self.status("first", on: bus)
            try Self.check(first.state == .cancelled && first.done < Self.events, "it was cancelled half-way")

            let second = clock.now
            try await bus.startReplay(EventReplay("second", of: "all", queues: ["replayed"]))
            while try await Self.status("second", on: bus).state == .running {
                try await clock.sleep(for: .milliseconds(1))
            }
            let time = clock.now - second
            try await Self.checkEnd(first, on: bus)
            report(
                BenchmarkResult(
                    name: "replay: a million archived events",
                    median: .rate(Double(Self.events) / (time / .seconds(1)))))
            report(
                BenchmarkResult(
                    name: "replay: cancelled", median: .time(cancelled),
                    note: "behind \(first.done) events of a million"))
        }
    }

    /// All that was published waits in one queue, each event once, and nothing in the other or twice in the archive.
    private static func checkEnd(_ first: ReplayStatus, on bus: EmbeddedEventBus) async throws {
        let second = try await status("second", on: bus)
        try check(second.state == .completed && second.done == events, "the second one is through")
        try check(first.delivered + second.delivered == events, "each event was given once")
        let replayed = try await bus.ledger(of: "replayed")
        try check(replayed.replayed == events && replayed.pending == events && replayed.isBalanced, "\(replayed)")
        let other = try await bus.ledger(of: "other")
        try check(other.pending == 0 && other.isBalanced, "\(other)")
        let archives = try await bus.archives()
        try check(archives.map(\.archived) == [events], "what is replayed is not archived again")
    }

    private static func status(_ name: String, on bus: EmbeddedEventBus) async throws -> ReplayStatus {
        guard let status = try await bus.replays().first(where: { $0.name == name }) else {
            throw TidingsError(.corrupt, "replay \(name) is not known")
        }
        return status
    }

    private static func check(_ holds: Bool, _ promise: String) throws {
        if !holds { throw TidingsError(.corrupt, "the replay broke its promise: \(promise)") }
    }
}
