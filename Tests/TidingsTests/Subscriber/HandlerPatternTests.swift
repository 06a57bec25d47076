import Testing
import Tidings
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct HandlerPatternTests {
    @Test func `what a handler's pattern does not want is never delivered`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Counted.self, where: ["number": [.numeric(.greaterThan, 10)]]) { counted, transaction in
                    try transaction.note("\(counted.number)")
                }
            }
            try await stock.makeGroup()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await stock.run() }
                try await bench.publish(Counted(order: "a", number: 5), Counted(order: "b", number: 50))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["50"])
                #expect(try await bench.count("tidings_inbox") == 1)
                group.cancelAll()
            }
        }
    }

    @Test func `a handler hears the sources that it names`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self, from: "/shop") { placed, transaction in try transaction.note(placed.order) }
                On(Counted.self, from: .prefix("/shops/")) { counted, transaction in
                    try transaction.note(counted.order)
                }
            }
            try await bench.running(stock) {
                let placed = try bench.envelope(of: Placed(order: "mine"))
                let counted = try bench.envelope(of: Counted(order: "ours", number: 1))
                for source in ["/shop", "/shop2", "/shops/east"] {
                    for event in [placed, counted] {
                        let id = EventID("\(source) \(event.type)")
                        var sent = event
                        (sent.id, sent.source) = (id, source)
                        try await bench.bus.publish([sent])
                    }
                }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().sorted() == ["mine", "ours"])
            }
        }
    }

    @Test func `two handlers of one type stand side by side if their patterns exclude each other`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self, where: ["note": ["gift"]]) { _, transaction in try transaction.note("wrapped") }
                On(Placed.self, where: ["note": [.anythingBut("gift")]]) { _, transaction in
                    try transaction.note("plain")
                }
                On(Placed.self, where: ["note": [.absent]]) { _, transaction in try transaction.note("bare") }
            }
            try await bench.running(stock) {
                try await bench.publish(
                    Placed(order: "a", note: "gift"), Placed(order: "b", note: "book"), Placed(order: "c"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().sorted() == ["bare", "plain", "wrapped"])
            }
        }
    }

    @Test func `two handlers that could take one event stop the start, naming both`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self, where: ["note": ["gift"]]) { _, _ in }
                On(Placed.self, where: ["order": ["a"]]) { _, _ in }
            }
            let error = await #expect(throws: TidingsError.self) { try await stock.run() }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("On(Placed) and On(Placed)") == true)
            #expect(error?.message.contains("order.placed.v1") == true)
        }
    }

    @Test func `a wrong pattern stops the start, naming its handler`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Counted.self) { _, _ in }
                On(Placed.self, where: ["note": []]) { _, _ in }
            }
            let error = await #expect(throws: TidingsError.self) { try await stock.run() }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("On(Placed)") == true)
        }
    }

    @Test func `an event that two handlers match by several values is a dead letter`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(Placed.self, where: ["note": ["a"]]) { _, _ in }
                On(Placed.self, where: ["note": ["b"]]) { _, _ in }
            }
            try await bench.running(stock) {
                try await bench.bus.publish([
                    Envelope(
                        id: "e", source: "/test", type: Placed.type, time: bench.clock.now(),
                        data: EventBytes(#"{"order":"x","note":["a","b"]}"#))
                ])
                await bench.bus.waitUntilIdle()
                let letter = try #require(try await bench.database.deadLetters().first)
                #expect(letter.error.contains("several values"))
            }
        }
    }
}
