import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct HandlingTests {
    @Test func `a handled event is acknowledged and what it publishes stands in the outbox`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    try transaction.note(placed.order)
                    try transaction.publish(Reserved(order: placed.order))
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["a"])
                #expect(try await bench.outbox() == ["stock.reserved.v1"])
                #expect(stock.health.isWorking)
            }
        }
    }

    @Test func `an event published twice under one id is handled once`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    try transaction.note(placed.order)
                    try transaction.publish(Reserved(order: placed.order))
                }
            }
            try await bench.running(stock) {
                let event = try bench.envelope(of: Placed(order: "a"))
                try await bench.bus.publish([event, event])
                await bench.bus.waitUntilIdle()
                try await bench.bus.publish([event])
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["a"])
                #expect(try await bench.outbox() == ["stock.reserved.v1"])
            }
        }
    }

    @Test func `an event whose acknowledgement was lost is handled once`() async throws {
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
                // The visibility time-out ends, and the event comes again.
                try await bench.until(advancing: .seconds(1)) { bus.deliveries.value == 2 }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["a"])
            }
        }
    }

    @Test func `a handler that throws leaves neither writes nor publications and the rest of its batch is committed`()
        async throws
    {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in
                    try transaction.note(placed.order)
                    try transaction.publish(Reserved(order: placed.order))
                    if placed.order == "b" { throw Unhappy() }
                }
            }
            try await bench.join("stock")
            try await bench.publish(Placed(order: "a"), Placed(order: "b"), Placed(order: "c"))
            try await bench.running(stock) {
                try await bench.until { try await bench.seen() == ["a", "c"] }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.outbox().count == 2)
                #expect(try await bench.count("tidings_parked", where: "state = 'parked' AND attempts = 1") == 1)
            }
        }
    }

    @Test func `correlation and cause flow from the event to what its handler publishes`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.publish(Reserved(order: placed.order)) }
            }
            let witness = Notes()
            let observer = bench.subscriber("observer") {
                On(Reserved.self) { _, transaction in
                    let cause = transaction.handledEvent
                    witness.add(
                        "\(cause?.correlationID ?? "") \(cause?.causationID?.rawValue ?? "") \(cause?.source ?? "")")
                }
            }
            try await bench.running(stock, observer, relay: bench.bus) {
                let known = try bench.envelope(of: Placed(order: "a"), id: "first", correlationID: "talk")
                let fresh = try bench.envelope(of: Placed(order: "b"), id: "second")
                try await bench.bus.publish([known])
                try await bench.until { witness.all.count == 1 }
                try await bench.bus.publish([fresh])
                try await bench.until { witness.all.count == 2 }
                #expect(witness.all == ["talk first /shop", "second second /shop"])
            }
        }
    }

    @Test func `what is published outside a handler begins a conversation of its own`() async throws {
        try await Bench.with { bench in
            let id = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            let consumer = try await bench.join("all")
            try await bench.running(relay: bench.bus) {
                let event = try await consumer.next(atMost: 1)[0].event
                #expect(event.id == id)
                #expect(event.correlationID == id.rawValue)
                #expect(event.causationID == nil)
            }
        }
    }

    @Test(arguments: [#"{"order":"a"}"#, #"{"note":null,"order":"a"}"#, #"{"extra":[1],"note":null,"order":"a"}"#])
    func `absent and null fields read as nil`(_ body: String) async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.note ?? "nothing") }
            }
            try await bench.running(stock) {
                var event = try bench.envelope(of: Placed(order: "a"))
                event.data = EventBytes(body)
                try await bench.bus.publish([event])
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["nothing"])
            }
        }
    }

    @Test func `events of one key are handled in the order in which they were published`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                $0.batchSize = 7
                $0.concurrency = 4
            } _: {
                On(Counted.self) { counted, transaction in try transaction.note("\(counted.order)\(counted.number)") }
            }
            try await bench.running(stock) {
                for number in 0..<60 {
                    try await bench.publish(Counted(order: "a", number: number), Counted(order: "b", number: number))
                }
                await bench.bus.waitUntilIdle()
                let seen = try await bench.seen()
                for key in ["a", "b"] {
                    #expect(seen.filter { $0.hasPrefix(key) } == (0..<60).map { "\(key)\($0)" })
                }
            }
        }
    }
}
