import Testing
import Tidings
import TidingsRouting
import TidingsTesting

/// Events that were taken often and never settled, and what they may not do to others.
@Suite(.timeLimit(.minutes(1))) struct SuspectTests {
    @Test func `what is suspect is parked before anything else of its batch runs`() async throws {
        try await Bench.with { bench in
            let victim = try await bench.join("stock", visibilityTimeout: .seconds(1))
            try await bench.publish(Rang(bell: "suspect"))
            for _ in 1...3 {
                #expect(try await victim.next(atMost: 9).count == 1)
                bench.clock.advance(by: .seconds(2))
            }
            try await bench.publish(Rang(bell: "deadly"))
            let bus = MortalBus(bench.bus)
            let database = try await bench.mortal(with: bus)
            var options = SubscriberOptions()
            options.concurrency = 1
            let stock = Subscriber("stock", bus: bus, database: database, options: options, logger: bench.logger) {
                On(Rang.self) { rang, _ in
                    if rang.bell == "deadly" { bus.die() }
                }
            }
            let running = Task { try await stock.run() }
            try await bench.until { bus.isDead }
            running.cancel()
            try await running.value
            // It is not blamed for the death.
            #expect(try await bench.count("tidings_parked", where: "begun >= 3") == 1)
        }
    }

    @Test func `a suspect does not overtake an earlier event of its key that was given back`() async throws {
        try await Bench.with { bench in
            let victim = try await bench.join("stock", visibilityTimeout: .seconds(1))
            try await bench.publish(Placed(order: "a", note: "1"), Placed(order: "a", note: "2"))
            for _ in 1...3 {
                let deliveries = try await victim.next(atMost: 9)
                #expect(deliveries.count == 2)
                // The attempt of the first does not count, the second is lost with its member.
                try await victim.settle([.release(deliveries[0].receipt)])
                bench.clock.advance(by: .seconds(2))
            }
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.note ?? "") }
            }
            try await bench.running(stock) {
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen().count == 2 }
                #expect(try await bench.seen() == ["1", "2"])
            }
        }
    }

    @Test func `a killer that was repaired is handled when its dead letter is redriven`() async throws {
        try await Bench.with { bench in
            let parked = ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [Placed.type])
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                try parked.insert(suspect: event, key: "a", at: transaction.now, in: transaction)
                try transaction.execute("UPDATE tidings_parked SET begun = 10")
            }
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock) {
                try await bench.until(advancing: .milliseconds(100)) { try await bench.database.deadLetterCount() == 1 }
                #expect(try await bench.seen().isEmpty)
                #expect(try await bench.database.redrive() == 1)
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_parked") == 0 }
                #expect(try await bench.seen() == ["a"])
            }
        }
    }
}
