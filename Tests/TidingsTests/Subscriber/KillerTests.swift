import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct KillerTests {
    @Test(arguments: [(place: 0, limit: 10), (place: 5, limit: 10), (place: 29, limit: 5), (place: 0, limit: 2)])
    func `an event that kills its consumer is the only dead letter and its neighbours are handled`(
        place: Int, limit: Int
    ) async throws {
        try await Bench.with { bench in
            try await bench.join("stock")
            for number in 0..<30 { try await bench.publish(Rang(bell: number == place ? "killer" : "\(number)")) }
            var deaths = 0
            while true {
                let bus = MortalBus(bench.bus)
                let stock = try await stock(of: bench, on: bus, deliveryLimit: limit)
                let running = Task { try await stock.run() }
                try await bench.until {
                    if bus.isDead { return true }
                    return try await bench.count("tidings_inbox") == 30
                }
                let isDead = bus.isDead
                running.cancel()
                try await running.value
                if !isDead { break }
                deaths += 1
                // What the dead one had comes back.
                bench.clock.advance(by: .seconds(61))
            }
            #expect(deaths == limit)
            let letters = try await bench.database.deadLetters(matching: .init(consumer: "stock"))
            #expect(try letters.map { try $0.event.decode(Rang.self).bell } == ["killer"])
            #expect(letters.first?.error.contains("taken \(limit) times") == true)
            #expect(Set(try await bench.seen()) == Set((0..<30).filter { $0 != place }.map(String.init)))
        }
    }

    @Test func `after the last suspect batches are full again`() async throws {
        try await Bench.with { bench in
            let sizes = Notes()
            let stock = bench.subscriber {
                $0.concurrency = 1
            } _: {
                On(Rang.self) { rang, transaction in
                    try transaction.note(rang.bell)
                    let batch = try transaction.query("SELECT count(*) AS n FROM tidings_inbox")
                    sizes.add("\(rang.bell) \(try batch[0].value("n", as: Int.self))")
                }
            }
            let victim = try await bench.join("stock", visibilityTimeout: .seconds(1))
            try await bench.publish(Rang(bell: "a"), Rang(bell: "b"))
            for _ in 1...4 {
                #expect(try await victim.next(atMost: 2).count == 2)
                bench.clock.advance(by: .seconds(2))
            }
            for bell in ["c", "d", "e"] { try await bench.publish(Rang(bell: bell)) }
            try await bench.running(stock) {
                await bench.bus.waitUntilIdle()
                // The inbox has what was claimed with each: one by one, up to the first that is not suspect.
                #expect(sizes.all == ["a 1", "b 2", "c 3", "d 5", "e 5"])
            }
        }
    }

    private func stock(of bench: Bench, on bus: MortalBus, deliveryLimit: Int) async throws -> Subscriber {
        let database = try await bench.mortal(with: bus)
        var options = SubscriberOptions()
        options.batchSize = 10
        options.deliveryLimit = deliveryLimit
        return Subscriber("stock", bus: bus, database: database, options: options, logger: bench.logger) {
            On(Rang.self) { rang, transaction in
                if rang.bell == "killer" { bus.die() }
                try transaction.note(rang.bell)
            }
        }
    }
}
