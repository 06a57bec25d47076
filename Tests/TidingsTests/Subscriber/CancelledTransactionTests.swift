import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct CancelledTransactionTests {
    @Test func `a statement that does not end is interrupted`() async throws {
        try await Bench.with { bench in
            let transaction = Task {
                try await bench.database.transaction { transaction in
                    _ = try transaction.query(
                        """
                        WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 500000000)
                        SELECT max(n) AS n FROM counted
                        """)
                }
            }
            var stuck: StuckWork?
            try await bench.until(advancing: .seconds(1)) {
                stuck = try await bench.database.stuckWork(on: bench.bus).first { $0.kind == .transaction }
                return stuck != nil
            }
            let body = try #require(stuck).remedy.body
            let id = try #require(Int(body.filter(\.isNumber)))
            #expect(bench.database.cancelWork(id))
            let error = await #expect(throws: TidingsError.self) { try await transaction.value }
            #expect(error?.code == .timedOut)
        }
    }

    @Test(arguments: ["bad", "good"])
    func `a transaction that is cancelled while it writes loses and doubles nothing of its batch`(
        first: String
    ) async throws {
        try await Bench.with { bench in
            let isHanging = Dial(1)
            defer { isHanging.value = 0 }
            let turns = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
                $0.concurrency = 1
            } _: {
                On(Placed.self) { placed, transaction in
                    if placed.order == "bad" { throw Unhappy() }
                    while placed.order == "slow", isHanging.value > 0 {
                        turns.turn()
                        try transaction.note("slow")
                    }
                    try transaction.note(placed.order)
                    try transaction.publish(Reserved(order: placed.order))
                }
            }
            try await bench.join("stock")
            try await bench.publish(
                Placed(order: first), Placed(order: "before"), Placed(order: "slow"), Placed(order: "after"))
            try await bench.running(stock) {
                // An earlier transaction must not be named for it.
                try await bench.until { turns.value > 0 }
                var stuck: StuckWork?
                try await bench.until(advancing: .seconds(1)) {
                    stuck = try await bench.database.stuckWork(on: bench.bus).first { $0.kind == .transaction }
                    return stuck != nil
                }
                let body = try #require(stuck).remedy.body
                let id = try #require(Int(body.filter(\.isNumber)))
                #expect(bench.database.cancelWork(id))
                let expected = first == "bad" ? ["after", "before"] : ["after", "before", "good"]
                try await bench.until { try await bench.seen().sorted() == expected }
                let letters = try await bench.database.deadLetters()
                #expect(letters.map { $0.event.subject } == (first == "bad" ? ["bad", "slow"] : ["slow"]))
                #expect(letters.last?.error.contains("cancelled by a person") == true)
                #expect(try await bench.outbox().count == expected.count)
            }
        }
    }
}
