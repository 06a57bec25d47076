import Testing
import Tidings
import TidingsTesting

/// Batches whose work is cut short: by the end, by an outage, by a bus that has given them to another member.
@Suite(.timeLimit(.minutes(1))) struct InterruptedBatchTests {
    @Test func `what comes after an effect that was stopped at the end is given back with it, in order`() async throws {
        try await Bench.with { bench in
            let isBegun = Dial()
            let stock = bench.subscriber {
                $0.concurrency = 1
            } _: {
                On(Counted.self) { counted, _ in
                    if isBegun.turn() == 1 { try await bench.clock.sleep(for: .seconds(20)) }
                    return counted.number
                } then: { counted, number, transaction in
                    try transaction.note("\(counted.order)\(number)")
                }
                On(Placed.self) { placed, transaction in try transaction.note(placed.note ?? "") }
            }
            try await bench.join("stock")
            try await bench.publish(Counted(order: "a", number: 1), Placed(order: "a", note: "a2"))
            try await bench.running(stock) { try await bench.until { isBegun.value == 1 } }
            #expect(try await bench.seen().isEmpty)
            #expect(try await bench.count("tidings_inbox") == 0, "it has seen neither")
            // What a member had that has left comes back at once.
            try await bench.running(stock) {
                try await bench.until(advancing: .milliseconds(500)) { try await bench.seen().count == 2 }
                #expect(try await bench.seen() == ["a1", "a2"])
            }
        }
    }

    @Test func `after an outage no effect of its batch begins that comes after what was not handled`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let bus = UnreliableBus(bench.bus)
            let stock = Subscriber("stock", bus: bus, database: bench.database, logger: bench.logger) {
                On(Placed.self) { _, transaction in try transaction.note("placed") }
                On(Counted.self) { _, _ in
                    calls.turn()
                } then: { _, _, transaction in
                    try transaction.note("counted")
                }
            }
            try await bench.join("stock")
            try await bench.publish(Placed(order: "a"), Counted(order: "a", number: 1))
            try await DatabaseLock.during(bench.path) {
                try await bench.running(stock) { try await bench.until { bus.released.value == 2 } }
            }
            #expect(calls.value == 0)
            try await bench.running(stock) {
                try await bench.until(advancing: .milliseconds(500)) { try await bench.seen().count == 2 }
                #expect(try await bench.seen() == ["placed", "counted"])
                #expect(calls.value == 1)
            }
        }
    }

    @Test func `of several handlers of a batch that fail none leaves what it published`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.concurrency = 1
            } _: {
                On(Placed.self) { placed, transaction in
                    try transaction.note(placed.order)
                    try transaction.publish(Reserved(order: placed.order))
                    try transaction.publish(Reserved(order: placed.order), after: .seconds(60))
                    if placed.order != "good" { throw NotRetryable("not this one") }
                }
            }
            try await bench.join("stock")
            try await bench.publish(Placed(order: "bad"), Placed(order: "good"), Placed(order: "worse"))
            try await bench.running(stock) {
                try await bench.until { try await bench.database.deadLetterCount() == 2 }
                #expect(try await bench.seen() == ["good"])
                #expect(try await bench.count("tidings_outbox") == 1)
                #expect(try await bench.count("tidings_scheduled") == 1)
            }
        }
    }

    @Test func `once the bus has given a batch away, what has not begun does not begin`() async throws {
        try await Bench.with { bench in
            let calls = Notes()
            let bus = UnreliableBus(bench.bus)
            var options = SubscriberOptions()
            options.effectTimeout = .seconds(3600)
            options.effectConcurrency = 1
            options.concurrency = 1
            let payment = Subscriber(
                "payment", bus: bus, database: bench.database, options: options, logger: bench.logger
            ) {
                On(Placed.self) { placed, _ in
                    calls.add("\(placed.order) in batch \(bus.batches.value)")
                    if placed.order == "slow", calls.all.count == 1 {
                        bus.lateExtensions.value = 1
                        while bus.lateExtensions.value == 1 { try await bench.clock.sleep(for: .seconds(1)) }
                        // Until that was heard.
                        try await bench.clock.sleep(for: .seconds(1))
                    }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.join("payment")
            try await bench.publish(Placed(order: "slow"), Placed(order: "a"))
            try await bench.running(payment) {
                try await bench.until(advancing: .seconds(1)) { try await bench.seen().count == 2 }
                #expect(calls.all == ["slow in batch 1", "a in batch 2"])
            }
        }
    }

    @Test func `a bus that cannot deliver for a while leaves no member without its turn`() async throws {
        try await Bench.with { bench in
            let bus = UnreliableBus(bench.bus)
            bus.failedTakes.value = 5
            let stock = Subscriber("stock", bus: bus, database: bench.database, logger: bench.logger) {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["a"] }
                try await bench.until(advancing: .milliseconds(100)) { stock.health.isWorking }
                #expect(bus.failedTakes.value == 0)
            }
        }
    }

    @Test func `an event that was handled before its handler had an effect does not run that effect`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.join("stock")
            try await bench.bus.publish([event])
            let before = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(before) { await bench.bus.waitUntilIdle() }
            // Its acknowledgement was lost, and a new version comes up.
            try await bench.join("stock")
            try await bench.bus.publish([event])
            let after = bench.subscriber {
                On(Placed.self) { _, _ in
                    calls.turn()
                } then: { placed, _, transaction in
                    try transaction.note(placed.order)
                }
            }
            try await bench.running(after) { await bench.bus.waitUntilIdle() }
            #expect(calls.value == 0)
            #expect(try await bench.seen() == ["a"])
        }
    }
}
