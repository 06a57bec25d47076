import Testing
import Tidings

@Suite(.timeLimit(.minutes(1)))
struct ParkingTests {
    @Test func `a parked event is tried again with backoff and handled when its handler recovers`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let broken = Dial(1)
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    attempts.turn()
                    if broken.value == 1 { throw Unhappy() }
                    try transaction.note(placed.order)
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                await bench.bus.waitUntilIdle()
                #expect(attempts.value == 1)
                try await bench.until(advancing: .milliseconds(100)) { attempts.value >= 3 }
                broken.value = 0
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.seen() == ["a"])
                #expect(try await bench.database.deadLetterCount() == 0)
            }
        }
    }

    @Test func `the wait before an attempt is between nothing and a ceiling that doubles`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                $0.retry = RetryPolicy(maximumAttempts: 5, initialDelay: .seconds(10))
            } _: {
                On(Placed.self) { _, _ in
                    attempts.turn()
                    throw Unhappy()
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                for attempt in 1...4 {
                    // A claimed attempt is hidden for longer than any of these waits.
                    let failed = "attempts = \(attempt) AND due_at - last_failed_at <= \(10_000_000 << (attempt - 1))"
                    try await bench.until(advancing: .milliseconds(500)) { attempts.value == attempt }
                    try await bench.until { try await bench.count("tidings_parked", where: failed) == 1 }
                }
                try await bench.until(advancing: .milliseconds(500)) { try await bench.database.deadLetterCount() == 1 }
                #expect(attempts.value == 5)
            }
        }
    }

    @Test func `later events of a key park behind a failure and run in order afterwards while other keys go on`()
        async throws
    {
        try await Bench.with { bench in
            let broken = Dial(1)
            let stock = bench.subscriber {
                On(Counted.self) { counted, transaction in
                    if counted.order == "a", counted.number == 0, broken.value == 1 { throw Unhappy() }
                    try transaction.note("\(counted.order)\(counted.number)")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Counted(order: "a", number: 0), Counted(order: "a", number: 1))
                try await bench.publish(Counted(order: "b", number: 0))
                await bench.bus.waitUntilIdle()
                try await bench.publish(Counted(order: "a", number: 2), Counted(order: "b", number: 1))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["b0", "b1"])
                #expect(try await bench.count("tidings_parked") == 3)
                broken.value = 0
                try await bench.until(advancing: .milliseconds(200)) { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.seen() == ["b0", "b1", "a0", "a1", "a2"])
            }
        }
    }

    @Test func `a parked row that cannot be read is set aside and the others are tried`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    if attempts.turn() <= 3 { throw Unhappy() }
                    try transaction.note(placed.order)
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"), Placed(order: "b"), Placed(order: "c"))
                try await bench.until { try await bench.count("tidings_parked") == 3 }
                _ = try await bench.database.transaction {
                    try $0.execute("UPDATE tidings_parked SET envelope = x'00ff' WHERE subject = 'b'")
                }
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen().count == 2 }
                #expect(try await bench.seen().sorted() == ["a", "c"])
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.count("tidings_parked", where: "state = 'unreadable'") == 1
                }
                // It holds up nothing, and the lists are shown without it.
                try await bench.publish(Placed(order: "b"))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen().count == 3 }
                #expect(try await bench.database.parkedEvents().isEmpty)
            }
        }
    }

    @Test func `an event that arrives again while it is parked changes nothing`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                On(Placed.self) { _, _ in
                    attempts.turn()
                    throw Unhappy()
                }
            }
            try await bench.running(stock) {
                let event = try bench.envelope(of: Placed(order: "a"))
                try await bench.bus.publish([event])
                await bench.bus.waitUntilIdle()
                let before = attempts.value
                try await bench.bus.publish([event])
                await bench.bus.waitUntilIdle()
                #expect(attempts.value == before)
                #expect(try await bench.count("tidings_parked") == 1)
            }
        }
    }
}
