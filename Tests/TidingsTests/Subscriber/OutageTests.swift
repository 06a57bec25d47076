import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct OutageTests {
    @Test func `a locked database pauses the subscriber and spends no attempt`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
                $0.deliveryLimit = 2
            } _: {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock) {
                try await DatabaseLock.during(bench.path) {
                    for order in ["a", "b", "c"] { try await bench.publish(Placed(order: order)) }
                    for _ in 0..<5 {
                        try await bench.until { stock.health.pausedBecause?.contains("locked") == true }
                        bench.clock.advance(by: .seconds(6))
                    }
                    #expect(try await bench.seen().isEmpty)
                }
                try await bench.until(advancing: .milliseconds(500)) { try await bench.seen().count == 3 }
                await bench.bus.waitUntilIdle()
                try await bench.until(advancing: .milliseconds(500)) { stock.health.isWorking }
                #expect(try await bench.seen().sorted() == ["a", "b", "c"])
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `an outage gives back what was taken with a suspect event too`() async throws {
        try await Bench.with { bench in
            let outage = Dial(1)
            let stock = bench.subscriber {
                $0.concurrency = 1
                $0.deliveryLimit = 5
            } _: {
                On(Rang.self) { rang, transaction in
                    if outage.value > 0, outage.turn() < 12 { throw TidingsError(.unavailable, "no ground") }
                    try transaction.note(rang.bell)
                }
            }
            let member = try await bench.join("stock", visibilityTimeout: .seconds(1))
            try await bench.publish(Rang(bell: "a"), Rang(bell: "b"), Rang(bell: "c"))
            // Taken four times and never settled: these are suspects, worked on one by one.
            for _ in 1...4 {
                #expect(try await member.next(atMost: 10).count == 3)
                bench.clock.advance(by: .seconds(2))
            }
            try await bench.running(stock) {
                try await bench.until(advancing: .seconds(10)) { try await bench.seen().count == 3 }
                #expect(try await bench.seen().sorted() == ["a", "b", "c"])
                #expect(try await bench.database.deadLetterCount() == 0)
            }
        }
    }

    @Test func `an outage while a parked event is tried again spends none of its attempts`() async throws {
        try await Bench.with { bench in
            let attempts = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 2
            } _: {
                On(Placed.self) { placed, transaction in
                    switch attempts.turn() {
                    case 1: throw Unhappy()
                    case 2...8: throw TidingsError(.circuitOpen, "no gateway")
                    default: try transaction.note(placed.order)
                    }
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(200)) {
                    stock.health.pausedBecause?.contains("gateway") == true
                }
                try await bench.until(advancing: .milliseconds(200)) { try await bench.seen() == ["a"] }
                #expect(try await bench.count("tidings_parked") == 0)
                try await bench.until(advancing: .milliseconds(200)) { stock.health.isWorking }
            }
        }
    }

    @Test func `a subscriber works again in its own eyes once its outage has ended without another event`() async throws
    {
        try await Bench.with { bench in
            let bus = UnreliableBus(bench.bus)
            var options = SubscriberOptions()
            options.concurrency = 1
            let stock = Subscriber("stock", bus: bus, database: bench.database, options: options, logger: bench.logger)
            {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock) {
                bus.lostSettlements.value = 1
                try await bench.publish(Placed(order: "a"))
                try await bench.until { !stock.health.isWorking }
                try await bench.until(advancing: .milliseconds(50)) { stock.health.isWorking }
                #expect(try await bench.seen() == ["a"])
            }
        }
    }
}
