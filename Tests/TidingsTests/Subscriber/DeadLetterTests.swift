import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct DeadLetterTests {
    @Test func `an event that runs out of attempts is a dead letter with all its evidence`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 3
            } _: {
                On(Placed.self) { _, _ in throw Unhappy() }
            }
            try await bench.running(stock) {
                let event = try bench.envelope(of: Placed(order: "a", note: "fragile"), correlationID: "talk")
                let begun = bench.clock.now()
                try await bench.bus.publish([event])
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .milliseconds(100)) { try await bench.database.deadLetterCount() == 1 }
                let letter = try #require(
                    try await bench.database.deadLetters(matching: .init(consumer: "stock")).first)
                #expect(letter.event == event)
                #expect(letter.consumer == "stock")
                #expect(letter.handler == "On(Placed)")
                #expect(letter.error == "unhappy")
                #expect(letter.attempts == 3)
                #expect(letter.firstFailedAt == begun)
                #expect(letter.lastFailedAt > begun)
                #expect(try await bench.database.deadLetters(matching: .init(consumer: "other")).isEmpty)
                #expect(
                    try await bench.database.deadLetters(matching: .init(consumer: "stock"), after: letter.id).isEmpty)
            }
        }
    }

    @Test(arguments: ["", "null", #"{"order":7}"#, "[]", #"{"note":"x"}"#])
    func `what does not decode is a dead letter at once`(_ body: String) async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock) {
                var event = try bench.envelope(of: Placed(order: "a"))
                event.data = EventBytes(body)
                try await bench.bus.publish([event, try bench.envelope(of: Placed(order: "b"))])
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["b"])
                let letter = try #require(
                    try await bench.database.deadLetters(matching: .init(consumer: "stock")).first)
                #expect(letter.attempts == 1)
                #expect(letter.error.hasPrefix("undecodable"))
                #expect(letter.event == event)
            }
        }
    }

    @Test func `after a dead letter its key goes on`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Counted.self) { counted, transaction in
                    if counted.number == 0 { throw Unhappy() }
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(
                    Counted(order: "a", number: 0), Counted(order: "a", number: 1), Counted(order: "a", number: 2))
                try await bench.until(advancing: .milliseconds(10)) { try await bench.seen() == ["1", "2"] }
                #expect(try await bench.database.deadLetterCount() == 1)
            }
        }
    }

    @Test func `with park the key waits behind a dead letter until it is redriven and then runs in order`() async throws
    {
        try await Bench.with { bench in
            let broken = Dial(1)
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
                $0.afterDeadLetter = .park
            } _: {
                On(Counted.self) { counted, transaction in
                    if counted.order == "a", counted.number == 0, broken.value == 1 { throw Unhappy() }
                    try transaction.note("\(counted.order)\(counted.number)")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Counted(order: "a", number: 0), Counted(order: "a", number: 1))
                await bench.bus.waitUntilIdle()
                try await bench.publish(Counted(order: "a", number: 2), Counted(order: "b", number: 0))
                await bench.bus.waitUntilIdle()
                // A round of the retry loop that could have taken the later ones.
                try await bench.publish(Counted(order: "c", number: 0))
                await bench.bus.waitUntilIdle()
                bench.clock.advance(by: .seconds(30))
                #expect(try await bench.seen() == ["b0", "c0"])
                broken.value = 0
                let letter = try #require(
                    try await bench.database.deadLetters(matching: .init(consumer: "stock")).first)
                #expect(try await stock.redrive(letter.id))
                try await bench.until(advancing: .milliseconds(10)) { try await bench.seen().count == 5 }
                #expect(try await bench.seen() == ["b0", "c0", "a0", "a1", "a2"])
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `a redrive makes a dead letter due with all its attempts before it`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 2
            } _: {
                On(Placed.self) { placed, transaction in
                    if attempts.turn() < 4 { throw Unhappy() }
                    try transaction.note(placed.order)
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.database.deadLetterCount() == 1 }
                #expect(attempts.value == 2)
                let letter = try #require(
                    try await bench.database.deadLetters(matching: .init(consumer: "stock")).first)
                #expect(try await stock.redrive(letter.id + 1) == false)
                #expect(try await stock.redrive(letter.id))
                #expect(try await stock.redrive(letter.id) == false)
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["a"] }
                #expect(attempts.value == 4)
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `a redrive that is spread over time holds up no later event of its keys meanwhile`() async throws {
        try await Bench.with { bench in
            let isHappy = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { placed, transaction in
                    if isHappy.value == 0 { throw Unhappy() }
                    try transaction.note("\(placed.order) \(placed.note ?? "")")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a", note: "old"), Placed(order: "b", note: "old"))
                try await bench.until { try await bench.database.deadLetterCount() == 2 }
                isHappy.turn()
                // One now, the other in a hundred seconds.
                #expect(try await bench.database.redrive(perSecond: 0.01) == 2)
                try await bench.publish(Placed(order: "b", note: "new"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().contains("b new"))
                #expect(try await bench.seen().contains("b old") == false)
                #expect(try await bench.database.redrive(perSecond: 0.01) == 0)
                try await bench.until(advancing: .seconds(1)) { try await bench.seen().contains("b old") }
                #expect(try await bench.seen().sorted() == ["a old", "b new", "b old"])
            }
        }
    }

    @Test func `a redriven event keeps the order of its key while it is tried`() async throws {
        try await Bench.with { bench in
            let isHappy = Dial()
            let order = Notes()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
                $0.effectTimeout = .seconds(3600)
            } _: {
                On(Placed.self) { placed, _ in
                    if isHappy.value == 0 { throw Unhappy() }
                    order.add("began \(placed.note ?? "")")
                    if placed.note == "old" { try await bench.clock.sleep(for: .seconds(20)) }
                    return 1
                } then: { placed, _, _ in
                    order.add("handled \(placed.note ?? "")")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a", note: "old"))
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                isHappy.turn()
                #expect(try await bench.database.redrive() == 1)
                try await bench.until { order.all == ["began old"] }
                try await bench.publish(Placed(order: "a", note: "new"))
                try await bench.until { try await bench.database.parkedEvents().count == 2 }
                try await bench.until(advancing: .seconds(1)) {
                    _ = try await bench.seen()
                    return order.all.count == 4
                }
                #expect(order.all == ["began old", "handled old", "began new", "handled new"])
            }
        }
    }

    @Test func `a subscriber redrives its own dead letters and no others`() async throws {
        try await Bench.with { bench in
            func failing(_ name: String) -> Subscriber {
                bench.subscriber(name) {
                    On(Placed.self) { _, _ in throw NotRetryable("never") }
                }
            }
            let (stock, mail) = (failing("stock"), failing("mail"))
            try await bench.running(stock, mail) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until { try await bench.database.deadLetterCount() == 2 }
            }
            let letter = try #require(try await bench.database.deadLetters(matching: .init(consumer: "stock")).first)
            #expect(try await !mail.redrive(letter.id))
            #expect(try await bench.database.deadLetterCount() == 2)
            #expect(try await stock.redrive(letter.id))
            #expect(try await bench.database.deadLetterCount() == 1)
        }
    }

    @Test func `two redriven events of one key are tried one at a time, each with its own attempts`() async throws {
        try await Bench.with { bench in
            let isHappy = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { placed, transaction in
                    if isHappy.value == 0 { throw Unhappy() }
                    try transaction.note(placed.note ?? "")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a", note: "1"), Placed(order: "a", note: "2"))
                try await bench.until { try await bench.database.deadLetterCount() == 2 }
                isHappy.turn()
                #expect(try await bench.database.redrive(perSecond: 1_000_000) == 2)
                try await bench.until(advancing: .milliseconds(10)) { try await bench.seen().count == 2 }
                #expect(try await bench.seen() == ["1", "2"])
            }
        }
    }

    @Test func `a page has a size`() async throws {
        try await Bench.with { bench in
            for limit in [0, -1, 1001] {
                let error = await #expect(throws: TidingsError.self) {
                    _ = try await bench.database.deadLetters(limit: limit)
                }
                #expect(error?.code == .invalid)
                await #expect(throws: TidingsError.self) { _ = try await bench.database.parkedEvents(limit: limit) }
                await #expect(throws: TidingsError.self) { _ = try await bench.database.deadLetterGroups(limit: limit) }
                await #expect(throws: TidingsError.self) { _ = try await bench.database.sagas(limit: limit) }
            }
        }
    }
}
