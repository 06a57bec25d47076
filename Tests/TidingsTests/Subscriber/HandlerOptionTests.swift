import Logging
import Synchronization
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct HandlerOptionTests {
    @Test func `an error that says so makes a dead letter at the first attempt, from a body and from an effect`()
        async throws
    {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                On(Placed.self) { _, _ in
                    attempts.turn()
                    throw NotRetryable("the order is empty")
                }
                On(Counted.self) { _, _ -> Int in
                    attempts.turn()
                    throw NotRetryable("the scale is gone")
                } then: { _, _, _ in
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"), Counted(order: "b", number: 1))
                await bench.bus.waitUntilIdle()
                let letters = try await bench.database.deadLetters()
                #expect(Set(letters.map(\.error)) == ["the order is empty", "the scale is gone"])
                #expect(letters.map(\.attempts) == [1, 1])
                #expect(attempts.value == 2)
            }
        }
    }

    @Test func `an effect that never returns is a failed attempt, and its neighbours are handled`() async throws {
        try await Bench.with { bench in
            let gate = Signal()
            let calls = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { placed, _ in
                    calls.turn()
                    // It does not even end when it is cancelled.
                    if placed.order == "endless" { await Task { try? await gate.wait() }.value }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "endless"), Placed(order: "a"))
                try await bench.until { calls.value == 2 }
                let start = bench.clock.now()
                try await bench.until(advancing: .seconds(1)) { try await bench.database.deadLetterCount() == 1 }
                #expect(bench.clock.now() - start >= .seconds(30))
                #expect(try await bench.seen() == ["a"])
                let letter = try await bench.database.deadLetters().first
                #expect(letter?.error.contains("the effect of On(Placed) took longer than 30") == true)
            }
            gate.signal()
        }
    }

    @Test func `an effect that throws a cancellation of its own is a failed attempt and stops nobody`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 2
            } _: {
                On(Placed.self) { placed, _ in
                    if placed.order == "cancelled" { throw CancellationError() }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(stock) {
                for _ in 0..<4 { try await bench.publish(Placed(order: "cancelled")) }
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.database.deadLetterCount() == 4
                }
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["a"] }
            }
        }
    }

    @Test func `an error that says when to try again is obeyed`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    if attempts.turn() == 1 { throw RetryAfter(.seconds(90), "closed for lunch") }
                    try transaction.note(placed.order)
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                await bench.bus.waitUntilIdle()
                let start = bench.clock.now()
                let parked = try #require(try await bench.database.parkedEvents().first)
                #expect(parked.dueAt == start + .seconds(90))
                #expect(parked.error == "closed for lunch")
                #expect(parked.attempts == 1)
                try await bench.until(advancing: .seconds(1)) { try await bench.seen() == ["a"] }
                #expect(bench.clock.now() >= start + .seconds(90))
            }
        }
    }

    @Test func `a handler has a retry policy of its own`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { _, _ in throw Unhappy() }
                    .retry(RetryPolicy(maximumAttempts: 3, initialDelay: .milliseconds(1)))
                On(Counted.self) { _, _ in throw Unhappy() }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"), Counted(order: "b", number: 1))
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.database.deadLetterCount() == 2
                }
                let letters = try await bench.database.deadLetters()
                #expect(letters.first { $0.event.type == Placed.type }?.attempts == 3)
                #expect(letters.first { $0.event.type == Counted.type }?.attempts == 1)
            }
        }
    }

    @Test func `an effect that takes longer than it may is cancelled, and its attempt counts`() async throws {
        try await Bench.with { bench in
            let cancelled = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { _, _ in
                    do {
                        try await bench.clock.sleep(for: .seconds(3600))
                    } catch {
                        cancelled.turn()
                        throw error
                    }
                    return 1
                } then: { _, _, _ in
                }
                .timeout(.seconds(5))
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(500)) {
                    try await bench.database.deadLetterCount() == 1
                }
                let letter = try #require(try await bench.database.deadLetters().first)
                #expect(letter.error.hasPrefix("timed-out"))
                #expect(cancelled.value == 1)
            }
        }
    }

    @Test func `an effect that is done in the moment in which its time ends has done what it did`() async throws {
        try await Bench.with { bench in
            let isOver = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { _, _ in
                    // It cannot be stopped any more.
                    await withTaskCancellationHandler {
                        try? await bench.clock.sleep(for: .seconds(3600))
                    } onCancel: {
                        isOver.turn()
                    }
                    return "charged"
                } then: { placed, outcome, transaction in
                    try transaction.note("\(placed.order) \(outcome)")
                }
                .timeout(.seconds(5))
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(400)) { isOver.value == 1 }
                // It has a second to end, of which less than half has passed.
                try await bench.until { try await bench.seen() == ["a charged"] }
                #expect(try await bench.database.deadLetterCount() == 0)
            }
        }
    }

    @Test func `no more effects of a handler run at once than it says, and all of them run`() async throws {
        try await Bench.with { bench in
            let running = Dial()
            let most = Dial()
            let stock = bench.subscriber {
                $0.concurrency = 1
            } _: {
                On(Rang.self) { _, _ in
                    most.value = max(most.value, running.turn())
                    for _ in 0..<20 { await Task.yield() }
                    running.value -= 1
                    return 1
                } then: { rang, _, transaction in
                    try transaction.note(rang.bell)
                }
                .concurrency(2)
            }
            try await bench.running(stock) {
                let bells = try (0..<12).map { try bench.envelope(of: Rang(bell: "\($0)")) }
                try await bench.bus.publish(bells)
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().count == 12)
                #expect(most.value <= 2)
            }
        }
    }

    @Test func `later events of a key go on behind a failure of an unordered handler`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    if placed.note == "bad" { throw Unhappy() }
                    try transaction.note(placed.note ?? "")
                }
                .unordered()
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a", note: "bad"), Placed(order: "a", note: "good"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["good"])
                #expect(try await bench.database.parkedEvents().count == 1)
            }
        }
    }

    @Test func `what an option needs and the bus lacks stops the subscriber, naming both`() async throws {
        try await Bench.with { bench in
            for change in [{ $0.start = .earliest }, { $0.requires = [.order, .durable] }]
                as [(inout SubscriberOptions) -> Void]
            {
                let stock = bench.subscriber("stock", change) { On(Placed.self) { _, _ in } }
                let error = await #expect(throws: TidingsError.self) { try await stock.run() }
                #expect(error?.code == .misconfigured)
                #expect(error?.message.contains("MemoryEventBus") == true)
                #expect(error?.message.contains("stock") == true)
                #expect(error?.message.contains("history") == true || error?.message.contains("durability") == true)
            }
        }
    }
}
