import Synchronization
import TidingsLog

/// The log alone: 64 tasks that each append 16 records of 512 bytes and wait until they are durable.
struct LogBenchmark: Benchmark {
    static let name = "log"

    private static let publishers = 64
    private static let batch = 16
    private static let record = [UInt8](repeating: 7, count: 512)

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        report(
            try await rounds.rate(
                "log: \(Self.publishers) publishers, batches of \(Self.batch)",
                besideGroupsOf: Self.publishers * Self.batch, goal: 600_000
            ) { time in
                try await rounds.folder.withPath { path in
                    let log = try Log.open(directory: path) { _, _ in }
                    let waiting = Waiting()
                    log.start { waiting.advance(to: $0) }
                    defer { log.close() }
                    return try await rate(of: log, waiting, for: time)
                }
            }.withGoal(ofRatio: "0.5×"))
    }

    private func rate(of log: Log, _ waiting: Waiting, for time: Duration) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + time
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.publishers {
                group.addTask {
                    var count = 0
                    while clock.now < end {
                        var last: LogTicket?
                        for _ in 0..<Self.batch { last = try log.append(Self.record.span.bytes, urgency: .sync) }
                        if let last { await waiting.durable(last) }
                        count += Self.batch
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }

    /// Who waits for which record.
    private final class Waiting: Sendable {
        private struct State {
            var synced: UInt64 = 0
            var waiters: [(ordinal: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
        }

        private let state = Mutex(State())

        func durable(_ ticket: LogTicket) async {
            await withCheckedContinuation { continuation in
                let isDurable = state.withLock { state in
                    if ticket.ordinal <= state.synced { return true }
                    state.waiters.append((ticket.ordinal, continuation))
                    return false
                }
                if isDurable { continuation.resume() }
            }
        }

        func advance(to progress: LogProgress) {
            let reached = state.withLock { state in
                state.synced = progress.synced
                let reached = state.waiters.filter { $0.ordinal <= progress.synced }
                state.waiters.removeAll { $0.ordinal <= progress.synced }
                return reached
            }
            for waiter in reached { waiter.continuation.resume() }
        }
    }
}
