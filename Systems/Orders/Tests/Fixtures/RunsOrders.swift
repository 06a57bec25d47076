import Testing

/// Runs one orders system for all tests of a suite, as ``RunningOrders/shared``.
struct RunsOrders: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await RunningOrders.with { orders in
            try await RunningOrders.$shared.withValue(orders) { try await function() }
        }
    }
}

extension Trait where Self == RunsOrders {
    /// Runs one orders system for all tests of the suite.
    static var runningOrders: Self { RunsOrders() }
}

extension RunningOrders {
    /// The system that all tests of the suite share.
    @TaskLocal static var shared: RunningOrders?
}
