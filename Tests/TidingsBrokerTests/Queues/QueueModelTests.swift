import Testing
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct QueueModelTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random requests to queues are answered as a naive model and a walk over the log answer them`(
        seed: UInt64
    ) async throws {
        let counts = try await Task(executorPreference: QueueExecutor("queues \(seed)")) {
            var model = try await QueueModel(seed: seed)
            try await model.run(1500)
            return model.counts
        }.value
        for kind in [
            "redrive", "discard", "purge", "replay", "expire", "restart", "kill", "maintain", "delay", "retry",
            "extend", "reject",
        ] {
            #expect(counts[kind, default: 0] >= 5, "\(kind)")
        }
    }
}
