import Foundation
import Testing
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct BrokerModelTests {
    private static let operations = 100_000

    private static var seeds: [UInt64] {
        let count = ProcessInfo.processInfo.environment["TIDINGS_MODEL_SEEDS"].flatMap(Int.init) ?? 3
        return (0..<max(1, count)).map { 4_000 + UInt64($0) }
    }

    @Test(arguments: seeds)
    func `random operations are answered as a naive model answers them`(seed: UInt64) async throws {
        let counts = try await Task(executorPreference: QueueExecutor("model \(seed)")) {
            var model = try await BrokerModel(seed: seed)
            try await model.run(Self.operations)
            print(
                "model: seed \(seed), \(Self.operations) operations, \(model.events) events, "
                    + "\(model.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
            )
            return model.counts
        }.value
        for kind in [
            "duplicate", "join with a past", "remove", "maintenance", "checkpoint", "reopen", "crash", "leave",
        ] {
            #expect(counts[kind, default: 0] > 50, "\(kind)")
        }
    }
}
