import Testing
import Tidings
import TidingsTesting

/// The database fails in the middle of a handler.
@Suite(.timeLimit(.minutes(1))) struct OutageInBodyTests {
    @Test(arguments: [false, true])
    func `a database that fails under a handler pauses its subscriber, whatever the handler makes of it`(
        _ hidesIt: Bool
    ) async throws {
        try await Bench.with { bench in
            let (engine, database) = try await bench.failing()
            engine.failedNotes.value = 4
            var options = SubscriberOptions()
            options.concurrency = 1
            options.retry.maximumAttempts = 1
            let stock = Subscriber(
                "stock", bus: bench.bus, database: database, options: options, logger: bench.logger
            ) {
                On(Placed.self) { placed, transaction in
                    do {
                        try transaction.note(placed.order)
                    } catch {
                        if hidesIt { throw Unhappy() }
                        throw error
                    }
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"), Placed(order: "b"))
                try await bench.until { stock.health.pausedBecause?.contains("the disk is full") == true }
                try await bench.until(advancing: .milliseconds(100)) {
                    #expect(try await bench.count("tidings_parked") == 0)
                    return try await bench.seen().count == 2
                }
                #expect(try await bench.seen() == ["a", "b"])
                #expect(engine.failedNotes.value == 0)
                try await bench.until(advancing: .milliseconds(100)) { stock.health.isWorking }
            }
        }
    }
}
