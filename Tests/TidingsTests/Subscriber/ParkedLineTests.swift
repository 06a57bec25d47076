import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct ParkedLineTests {
    @Test func `a long line of one key drains in batches and in order`() async throws {
        try await Bench.with { bench in
            let broken = Dial(1)
            let (engine, database) = try await bench.watched()
            let stock = Subscriber("stock", bus: bench.bus, database: database, logger: bench.logger) {
                On(Counted.self) { counted, transaction in
                    if broken.value == 1 { throw Unhappy() }
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(stock) {
                try await bench.bus.publish(
                    (0..<500).map { try bench.envelope(of: Counted(order: "a", number: $0)) })
                await bench.bus.waitUntilIdle()
                #expect(try await bench.count("tidings_parked") == 500)
                broken.value = 0
                let before = engine.writes.value
                try await bench.until(advancing: .milliseconds(50)) { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.seen() == (0..<500).map(String.init))
                #expect(engine.writes.value - before < 100)
            }
        }
    }

    @Test func `what waits behind an event that fails again spends nothing and stays in line`() async throws {
        try await Bench.with { bench in
            let broken = Dial(1)
            let attempts = Dial()
            let stock = bench.subscriber {
                $0.retry = RetryPolicy(maximumAttempts: 100, initialDelay: .seconds(1), maximumDelay: .seconds(1))
            } _: {
                On(Counted.self) { counted, transaction in
                    if counted.number == 0, broken.value == 1 {
                        attempts.turn()
                        throw Unhappy()
                    }
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(stock) {
                for number in 0..<5 { try await bench.publish(Counted(order: "a", number: number)) }
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.count("tidings_parked") == 5 && attempts.value >= 4
                }
                #expect(try await bench.seen().isEmpty)
                try await bench.until {
                    try await bench.count("tidings_parked", where: "state = 'parked' AND attempts = 0") == 4
                }
                broken.value = 0
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.seen() == ["0", "1", "2", "3", "4"])
            }
        }
    }

    @Test func `no effect runs behind one of its key that fails again`() async throws {
        try await Bench.with { bench in
            let broken = Dial(1)
            let calls = Notes()
            let failures = Dial()
            let payment = bench.subscriber("payment") {
                $0.retry = RetryPolicy(maximumAttempts: 100, initialDelay: .seconds(1), maximumDelay: .seconds(1))
            } _: {
                On(Counted.self) { counted, _ in
                    calls.add("\(counted.number)")
                    return counted.number
                } then: { counted, _, transaction in
                    // Fails again in the transaction, when its effect has long succeeded.
                    if counted.number == 0, broken.value == 1 {
                        failures.turn()
                        throw Unhappy()
                    }
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(payment) {
                for number in 0..<5 { try await bench.publish(Counted(order: "a", number: number)) }
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.count("tidings_parked") == 5 && failures.value >= 4
                }
                #expect(calls.all == ["0"])
                broken.value = 0
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_parked") == 0 }
                #expect(calls.all == ["0", "1", "2", "3", "4"])
                #expect(try await bench.seen() == ["0", "1", "2", "3", "4"])
            }
        }
    }

    @Test func `what stands behind one that is not due yet waits with it`() async throws {
        try await Bench.with { bench in
            let broken = Dial(1)
            let calls = Notes()
            let stock = bench.subscriber {
                $0.retry = RetryPolicy(maximumAttempts: 2, initialDelay: .seconds(1000), maximumDelay: .seconds(1000))
                $0.afterDeadLetter = .park
            } _: {
                On(Counted.self) { counted, transaction in
                    calls.add("\(counted.number)")
                    if counted.number < 2, broken.value == 1 { throw Unhappy() }
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(stock) {
                for number in 0..<3 { try await bench.publish(Counted(order: "a", number: number)) }
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .seconds(5)) { try await bench.database.deadLetterCount() == 1 }
                // The second has become one as well; only the first is redriven.
                try await bench.database.transaction { transaction in
                    _ = try transaction.execute("UPDATE tidings_parked SET state = 'dead' WHERE id = 2")
                }
                broken.value = 0
                #expect(try await stock.redrive(1))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["0"] }
                try await bench.pass(.seconds(50))
                #expect(try await bench.seen() == ["0"])
                #expect(try await stock.redrive(2))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["0", "1", "2"] }
            }
        }
    }
}
