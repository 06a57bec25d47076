import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct OrphanTests {
    /// Leaves a parked event of consumer `stock`, which failed once, and ends that.
    private func leaveParked(_ bench: Bench) async throws {
        let stock = bench.subscriber {
            $0.retry.initialDelay = .seconds(3600)
            $0.retry.maximumDelay = .seconds(3600)
        } _: {
            On(Placed.self) { _, _ in throw Unhappy() }
        }
        try await bench.running(stock) {
            try await bench.publish(Placed(order: "a"))
            try await bench.until { try await bench.database.parkedEvents().count == 1 }
        }
    }

    private func stuck(_ bench: Bench) async throws -> [StuckWork] {
        try await bench.database.stuckWork(on: bench.bus)
    }

    @Test func `parked events whose consumer is gone are named once they are due, with why and what ends it`()
        async throws
    {
        try await Bench.with { bench in
            try await leaveParked(bench)
            #expect(try await stuck(bench).isEmpty)
            bench.clock.advance(by: .seconds(3700))
            let orphan = try #require(try await stuck(bench).first)
            #expect(orphan.kind == .parked)
            #expect(orphan.heldBy == "stock, which does not run in this process")
            #expect(orphan.holdsUp.hasPrefix("1 events"))
            #expect(orphan.remedy.path == "/manage/parked/give-up")
            #expect(orphan.remedy.body == #"{"consumer":"stock","type":"order.placed.v1"}"#)
        }
    }

    @Test func `parked events whose handler is gone are named, and others of their consumer go on`() async throws {
        try await Bench.with { bench in
            try await leaveParked(bench)
            bench.clock.advance(by: .seconds(3700))
            let stock = bench.subscriber {
                On(Counted.self) { counted, transaction in try transaction.note(counted.order) }
            }
            try await bench.running(stock) {
                try await bench.publish(Counted(order: "b", number: 1))
                try await bench.until { try await bench.seen() == ["b"] }
                let orphan = try #require(try await stuck(bench).first)
                #expect(orphan.heldBy == "stock, which has no handler for order.placed.v1")
            }
        }
    }

    @Test func `what is given up is a dead letter, which another consumer can be handed and handles once`() async throws
    {
        try await Bench.with { bench in
            try await leaveParked(bench)
            #expect(try await bench.database.giveUpParked(DeadLetterFilter(consumer: "other")) == 0)
            #expect(try await bench.database.giveUpParked(DeadLetterFilter(consumer: "stock")) == 1)
            let letter = try #require(try await bench.database.deadLetters().first)
            #expect(letter.error == "given up by a person: unhappy")
            #expect(letter.attempts == 1)
            let heir = bench.subscriber("heir") {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(heir) {
                try await bench.until { heir.activity.begun > 0 }
                #expect(try await bench.database.redrive(DeadLetterFilter(consumer: "stock"), to: "heir") == 1)
                try await bench.until { try await bench.seen() == ["a"] }
                try await bench.until { try await bench.count("tidings_parked") == 0 }
                // It is in the inbox of the heir, where it would be a duplicate now.
                #expect(try await bench.count("tidings_inbox", where: "consumer = 'heir'") == 1)
                #expect(try await bench.count("tidings_inbox", where: "consumer = 'stock'") == 0)
            }
        }
    }

    @Test func `dead letters are handed to no consumer that does not run here, and can be handed back`() async throws {
        try await Bench.with { bench in
            let isBroken = Dial(1)
            let subscribers = ["stock", "heir"].map { name in
                bench.subscriber(name) {
                    $0.retry.maximumAttempts = 1
                } _: {
                    On(Placed.self) { placed, transaction in
                        if isBroken.value > 0 { throw Unhappy() }
                        try transaction.note("\(name) \(placed.order)")
                    }
                }
            }
            try await bench.running(subscribers[0]) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                let error = await #expect(throws: TidingsError.self) {
                    _ = try await bench.database.redrive(to: "heri")
                }
                #expect(error?.code == .invalid)
                #expect(error?.message.contains("stock") == true)
            }
            try await bench.running(subscribers[0], subscribers[1]) {
                try await bench.until { subscribers.allSatisfy { $0.activity.begun > 0 } }
                _ = try await bench.database.redrive(to: "heir")
                try await bench.until {
                    try await bench.count("tidings_parked", where: "consumer = 'heir' AND state = 'dead'") == 1
                }
                isBroken.value = 0
                _ = try await bench.database.redrive(DeadLetterFilter(consumer: "heir"), to: "stock")
                try await bench.until { try await bench.seen() == ["stock a"] }
                try await bench.until { try await bench.count("tidings_parked") == 0 }
            }
        }
    }

    @Test func `a dead letter that its new consumer has handled before is not handled again`() async throws {
        try await Bench.with { bench in
            let heir = bench.subscriber("heir") {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { _, _ in throw Unhappy() }
            }
            try await bench.running(heir, stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                try await bench.until { try await bench.seen() == ["a"] }
                _ = try await bench.database.redrive(to: "heir")
                try await bench.until { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.seen() == ["a"])
            }
        }
    }

    @Test func `a dead letter that its new consumer has as well goes`() async throws {
        try await Bench.with { bench in
            let subscribers = ["stock", "heir"].map { name in
                bench.subscriber(name) {
                    $0.retry.maximumAttempts = 1
                } _: {
                    On(Placed.self) { _, _ in throw Unhappy() }
                }
            }
            try await bench.running(subscribers[0], subscribers[1]) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until { try await bench.database.deadLetterCount() == 2 }
                _ = try await bench.database.redrive(DeadLetterFilter(consumer: "stock"), to: "heir")
                #expect(try await bench.count("tidings_parked") == 1)
                #expect(try await bench.count("tidings_parked", where: "consumer = 'heir'") == 1)
            }
        }
    }

    @Test func `what cannot be read is named until it is discarded`() async throws {
        try await Bench.with { bench in
            try await leaveParked(bench)
            try await bench.database.transaction {
                _ = try $0.execute("UPDATE tidings_parked SET state = 'unreadable'")
            }
            let found = try #require(try await stuck(bench).first)
            #expect(found.name == "unreadable order.placed.v1 of stock")
            #expect(try await bench.database.discardUnreadable(Placed.type, of: "other") == 0)
            #expect(try await bench.database.discardUnreadable(Placed.type, of: "stock") == 1)
            #expect(try await stuck(bench).isEmpty)
        }
    }
}
