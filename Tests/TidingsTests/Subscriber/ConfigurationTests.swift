import ServiceLifecycle
import Testing
import Tidings

@Suite(.timeLimit(.minutes(1)))
struct SubscriberConfigurationTests {
    @Test func `two handlers of one type are refused by name`() async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber {
                On(OrderV2.self) { _, _ in }
                On(OrderV1.self) { _, _ in }
            }
            let error = await #expect(throws: TidingsError.self) { try await stock.run() }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("On(OrderV2)") == true)
            #expect(error?.message.contains("On(OrderV1)") == true)
        }
    }

    @Test func `a subscriber without handlers is refused`() async throws {
        try await Bench.with { bench in
            let error = await #expect(throws: TidingsError.self) { try await bench.subscriber {}.run() }
            #expect(error?.code == .misconfigured)
        }
    }

    @Test func `two running subscribers of one name are refused and the name is free afterwards`() async throws {
        try await Bench.with { bench in
            let first = bench.subscriber { On(Placed.self) { _, transaction in try transaction.note("first") } }
            let second = bench.subscriber { On(Placed.self) { _, transaction in try transaction.note("second") } }
            try await bench.running(first) {
                try await bench.publish(Placed(order: "a"))
                await bench.bus.waitUntilIdle()
                let error = await #expect(throws: TidingsError.self) { try await second.run() }
                #expect(error?.code == .misconfigured)
                #expect(error?.message.contains("stock") == true)
            }
            try await bench.running(second) {
                try await bench.publish(Placed(order: "b"))
                await bench.bus.waitUntilIdle()
            }
            #expect(try await bench.seen() == ["first", "second"])
        }
    }

    @Test func `a graceful shutdown finishes the batch in hand`() async throws {
        try await Bench.with { bench in
            let (begun, told) = AsyncStream<Void>.makeStream()
            let (gate, open) = AsyncStream<Void>.makeStream()
            let stock = bench.subscriber {
                On(Placed.self) { _, _ in
                    told.finish()
                    for await _ in gate {}
                    return "done"
                } then: { placed, outcome, transaction in
                    try transaction.note("\(placed.order) \(outcome)")
                    try transaction.publish(Reserved(order: placed.order))
                }
            }
            try await bench.join("stock")
            let group = ServiceGroup(
                configuration: .init(
                    services: [stock, OutboxRelay(from: bench.database, to: bench.bus, logger: bench.logger)],
                    logger: bench.logger))
            async let running: Void = group.run()
            try await bench.publish(Placed(order: "a"))
            for await _ in begun {}
            await group.triggerGracefulShutdown()
            open.finish()
            try await running
            #expect(try await bench.seen() == ["a done"])
        }
    }
}
