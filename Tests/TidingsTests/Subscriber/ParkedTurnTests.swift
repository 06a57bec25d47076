import Testing
import Tidings
import TidingsTesting

/// When parked events have their turn: what is held back, and for how long.
@Suite(.timeLimit(.minutes(1))) struct ParkedTurnTests {
    @Test func `an event that failed waits before each attempt, the first retry included`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                $0.retry = RetryPolicy(initialDelay: .seconds(10))
            } _: {
                On(Placed.self) { _, _ in
                    attempts.turn()
                    throw Unhappy()
                }
            }
            try await bench.running(stock) {
                for order in ["a", "b", "c"] { try await bench.publish(Placed(order: order)) }
                try await bench.until { try await bench.count("tidings_parked") == 3 }
                await bench.bus.waitUntilIdle()
                // No time has passed.
                let now = bench.clock.now()
                let parked = try await bench.database.parkedEvents()
                #expect(parked.map(\.attempts) == [1, 1, 1])
                for event in parked {
                    #expect(event.dueAt > now)
                    #expect(event.dueAt <= now + .seconds(10))
                }
                #expect(Set(parked.map(\.dueAt)).count == 3, "they do not come back together")
                #expect(attempts.value == 3)
            }
        }
    }

    @Test func `what was held back behind a failure goes on as soon as that is handled`() async throws {
        try await Bench.with { bench in
            let isBroken = Dial(1)
            let failures = Dial()
            let stock = bench.subscriber {
                $0.retry = RetryPolicy(maximumAttempts: 100, initialDelay: .seconds(1), maximumDelay: .seconds(1))
            } _: {
                On(Counted.self) { counted, transaction in
                    if counted.number == 0, isBroken.value == 1 {
                        failures.turn()
                        throw Unhappy()
                    }
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(stock) {
                for number in 0..<3 { try await bench.publish(Counted(order: "a", number: number)) }
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .milliseconds(100)) {
                    _ = try await bench.seen()
                    return failures.value >= 3
                }
                isBroken.value = 0
                let start = bench.clock.now()
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen().count == 3 }
                #expect(try await bench.seen() == ["0", "1", "2"])
                #expect(bench.clock.now() - start < Duration.seconds(30), "not only when its claim has ended")
            }
        }
    }

    @Test func `what follows an event that another member has taken over waits for that member`() async throws {
        try await Bench.with { bench in
            let isHappy = Dial()
            let rivals = ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [Placed.type])
            let stock = bench.subscriber {
                $0.concurrency = 1
            } _: {
                On(Placed.self) { placed, transaction in
                    if isHappy.value == 0 { throw Unhappy() }
                    try transaction.note("\(placed.order)\(placed.note ?? "")")
                }
                On(Rang.self) { rang, effect in
                    if isHappy.value == 0 { throw Unhappy() }
                    let isTaken = try await effect.database.transaction { transaction in
                        // As if this member had been silent for too long, with the first event of the line alone.
                        try transaction.execute("UPDATE tidings_parked SET due_at = 0 WHERE id = 1")
                        let now = transaction.now
                        return try rivals.claim(
                            atMost: 1, dueAt: now, until: now + .seconds(3600), as: "rival", in: transaction
                        ).count == 1
                    }
                    return isTaken
                } then: { _, isTaken, transaction in
                    try transaction.note("taken \(isTaken)")
                }
            }
            try await bench.join("stock")
            try await bench.publish(Placed(order: "a", note: "1"), Placed(order: "a", note: "2"), Rang(bell: "b"))
            try await bench.running(stock) {
                try await bench.until { try await bench.count("tidings_parked") == 3 }
            }
            isHappy.turn()
            // All of them are due, and claimed together.
            bench.clock.advance(by: .seconds(30))
            try await bench.running(stock) {
                try await bench.until(advancing: .milliseconds(10)) { try await !bench.seen().isEmpty }
                try await bench.pass(.seconds(50))
                #expect(try await bench.seen() == ["taken true"])
                #expect(try await bench.count("tidings_parked", where: "claim = 'rival'") == 1)
            }
        }
    }

    @Test func `what is unavailable for long is asked for less and less often`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let stock = bench.subscriber {
                On(Placed.self) { _, _ in
                    calls.turn()
                    throw TidingsError(.unavailable, "no scale")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                var delays: [Duration] = []
                for attempt in 1...16 {
                    try await bench.until {
                        let settled = try await bench.count("tidings_parked", where: "claim IS NULL")
                        return calls.value == attempt && settled == 1
                    }
                    let due = try #require(try await bench.database.parkedEvents().first).dueAt
                    delays.append(due - bench.clock.now())
                    bench.clock.advance(by: due - bench.clock.now())
                }
                // As long again as it has lasted, at least half of that; a minute at most.
                #expect(delays[0] <= .seconds(1))
                #expect(delays[15] >= .seconds(30))
                for delay in delays { #expect(delay <= .seconds(60)) }
            }
        }
    }

    @Test func `an event that fails more often than a killer may kill is handled in the end`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                $0.deliveryLimit = 3
                $0.retry = RetryPolicy(maximumAttempts: 20, initialDelay: .seconds(1), maximumDelay: .seconds(1))
            } _: {
                On(Placed.self) { placed, transaction in
                    if attempts.turn() < 12 { throw Unhappy() }
                    try transaction.note(placed.order)
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(200)) {
                    let letters = try await bench.database.deadLetterCount()
                    return try await bench.seen() == ["a"] || letters > 0
                }
                #expect(try await bench.seen() == ["a"])
            }
        }
    }
}
