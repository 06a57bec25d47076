import Testing
import Tidings
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct UnhandledEventTests {
    private func stock(_ bench: Bench, knowsCounts: Bool) -> Subscriber {
        if knowsCounts {
            bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
                On(Counted.self) { counted, transaction in try transaction.note("counted \(counted.number)") }
            }
        } else {
            bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
        }
    }

    @Test func `an event that has no handler any more is a dead letter at once, and handled when there is one again`()
        async throws
    {
        try await Bench.with { bench in
            try await bench.join("stock")
            try await bench.publish(Counted(order: "a", number: 7), Placed(order: "a"))
            try await bench.running(stock(bench, knowsCounts: false)) {
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["a"], "it holds up no other event of its key")
                let letter = try #require(try await bench.database.deadLetters().first)
                #expect(letter.error == "no handler for stock.counted.v1 in stock")
                #expect(letter.handler.isEmpty)
                #expect(try letter.event.decode(Counted.self).number == 7)
                // By hand it fails the same way.
                #expect(try await bench.database.redrive() == 1)
                bench.clock.advance(by: .seconds(20))
                _ = try await bench.seen()
                #expect(try await bench.seen() == ["a"])
            }
            try await bench.running(stock(bench, knowsCounts: true)) {
                try await bench.until(advancing: .seconds(1)) { try await bench.seen() == ["a", "counted 7"] }
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `an event that has no handler is handled once though it comes again`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Counted(order: "a", number: 7))
            try await bench.join("stock")
            try await bench.bus.publish([event])
            try await bench.running(stock(bench, knowsCounts: false)) { await bench.bus.waitUntilIdle() }
            // It comes to a member that knows it before its dead letter is looked at.
            try await bench.join("stock")
            try await bench.bus.publish([event])
            try await bench.running(stock(bench, knowsCounts: true)) {
                try await bench.until(advancing: .seconds(1)) { try await bench.count("tidings_parked") == 0 }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["counted 7"])
            }
        }
    }

    @Test func `the others of a batch keep their order, and each is handled once, beside events without a handler`()
        async throws
    {
        try await Bench.with { bench in
            try await bench.join("stock")
            let again = try bench.envelope(of: Placed(order: "1"))
            try await bench.bus.publish([again])
            try await bench.running(stock(bench, knowsCounts: false)) {
                try await bench.until { try await bench.seen() == ["1"] }
                await bench.bus.waitUntilIdle()
            }
            try await bench.join("stock")
            // In one batch: without a handler, a duplicate, and new ones.
            var events = [try bench.envelope(of: Counted(order: "x", number: 0)), again]
            for number in 2...6 { events.append(try bench.envelope(of: Placed(order: "\(number)"))) }
            events.insert(try bench.envelope(of: Counted(order: "x", number: 1)), at: 4)
            try await bench.bus.publish(events)
            try await bench.running(stock(bench, knowsCounts: false)) {
                try await bench.until { try await bench.seen().count == 6 }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == (1...6).map(String.init))
                #expect(try await bench.database.deadLetterCount() == 2)
            }
        }
    }

    @Test func `an event that had no handler is kept when it comes again and fails`() async throws {
        try await Bench.with { bench in
            let event = try bench.envelope(of: Counted(order: "a", number: 7))
            try await bench.join("stock")
            try await bench.bus.publish([event])
            try await bench.running(stock(bench, knowsCounts: false)) { await bench.bus.waitUntilIdle() }
            // It was not acknowledged, and comes to a member that knows it and fails at first.
            let attempts = Dial()
            let failing = bench.subscriber {
                On(Counted.self) { counted, transaction in
                    if attempts.turn() == 1 { throw Unhappy() }
                    try transaction.note("counted \(counted.number)")
                }
            }
            try await bench.join("stock")
            try await bench.bus.publish([event])
            try await bench.running(failing) {
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["counted 7"] }
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_parked") == 0 }
                #expect(attempts.value == 2)
            }
        }
    }

    @Test func `what the pattern does not want any more is left out and holds up nothing`() async throws {
        try await Bench.with { bench in
            try await bench.join("stock")
            try await bench.publish(Counted(order: "a", number: 1), Counted(order: "a", number: 100))
            let stock = bench.subscriber {
                On(Counted.self, where: ["number": [.numeric(.greaterThan, 50)]]) { counted, transaction in
                    try transaction.note("\(counted.number)")
                }
            }
            try await bench.running(stock) {
                try await bench.until { try await bench.seen() == ["100"] }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.count("tidings_parked") == 0)
                #expect(try await bench.count("tidings_inbox") == 1)
            }
        }
    }

    @Test func `a parked event is left to the members that have its handler`() async throws {
        try await Bench.with { bench in
            let isHappy = Dial()
            try await bench.join("stock")
            try await bench.publish(Counted(order: "a", number: 7))
            let failing = bench.subscriber {
                On(Counted.self) { counted, transaction in
                    if isHappy.value == 0 { throw Unhappy() }
                    try transaction.note("counted \(counted.number)")
                }
            }
            try await bench.running(failing) {
                try await bench.until { try await bench.database.parkedEvents().count == 1 }
            }
            try await bench.running(stock(bench, knowsCounts: false)) {
                for _ in 0..<20 {
                    bench.clock.advance(by: .seconds(60))
                    _ = try await bench.seen()
                }
                #expect(try await bench.database.parkedEvents().map(\.attempts) == [1])
            }
            isHappy.turn()
            try await bench.running(failing) {
                try await bench.until(advancing: .seconds(1)) { try await bench.seen() == ["counted 7"] }
            }
        }
    }
}
