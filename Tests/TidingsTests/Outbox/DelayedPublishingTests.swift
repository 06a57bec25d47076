import Testing
import Tidings
import TidingsSQLite
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct DelayedPublishingTests {
    @Test func `an event is published when its delay is over, not before, and its time is that moment`() async throws {
        try await Bench.with { bench in
            let consumer = try await bench.join("all")
            try await bench.running(relay: bench.bus) {
                let start = bench.clock.now()
                try await bench.database.transaction { transaction in
                    try transaction.publish(Placed(order: "late"), after: .seconds(300))
                    try transaction.publish(Placed(order: "at"), at: start + .seconds(60))
                    try transaction.publish(Placed(order: "now"), after: .zero)
                    try transaction.publish(Placed(order: "past"), at: start + .seconds(-60))
                }
                var seen: [(order: String, at: Timestamp, time: Timestamp)] = []
                while seen.count < 4 {
                    try await bench.until(advancing: .seconds(1)) { try await consumer.depth().pending > 0 }
                    let deliveries = try await consumer.next(atMost: 10)
                    try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
                    for delivery in deliveries {
                        let placed = try delivery.event.decode(Placed.self)
                        seen.append((placed.order, bench.clock.now(), delivery.event.time))
                    }
                }
                #expect(seen.map(\.order) == ["now", "past", "at", "late"])
                #expect(seen.map(\.time) == [start, start, start + .seconds(60), start + .seconds(300)])
                for event in seen { #expect(event.at >= event.time) }
            }
        }
    }

    @Test func `a delayed event is undone with its transaction, and survives a restart of the relay`() async throws {
        try await Bench.with { bench in
            let consumer = try await bench.join("all")
            await #expect(throws: Unhappy.self) {
                try await bench.database.transaction { transaction in
                    try transaction.publish(Placed(order: "undone"), after: .seconds(60))
                    throw Unhappy()
                }
            }
            try await bench.database.transaction { transaction in
                try? transaction.savepoint {
                    try transaction.publish(Placed(order: "undone too"), after: .seconds(60))
                    throw Unhappy()
                }
                try transaction.publish(Placed(order: "kept"), after: .seconds(60))
            }
            try await bench.running(relay: bench.bus) { try await bench.until { bench.clock.sleeperCount > 0 } }
            bench.clock.advance(by: .seconds(61))
            try await bench.running(relay: bench.bus) {
                let deliveries = try await consumer.next(atMost: 10)
                #expect(try deliveries.map { try $0.event.decode(Placed.self).order } == ["kept"])
            }
            #expect(try await bench.count("tidings_scheduled") == 0)
        }
    }

    @Test func `more than a batch of events that are due at once are all published, in order`() async throws {
        try await Bench.with { bench in
            let consumer = try await bench.join("all")
            try await bench.database.transaction { transaction in
                for number in 0..<1200 { try transaction.publish(Placed(order: "\(number)"), after: .seconds(60)) }
            }
            bench.clock.advance(by: .seconds(60))
            try await bench.running(relay: bench.bus) {
                var orders: [String] = []
                while orders.count < 1200 {
                    orders += try await consumer.next(atMost: 1000).map { try $0.event.decode(Placed.self).order }
                }
                #expect(orders == (0..<1200).map(String.init))
            }
        }
    }
}
