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

    private struct Hasty: Saga {
        typealias ID = String
        enum Stage: String, Codable { case waiting }
        var stage = Stage.waiting

        static var definition: SagaDefinition<Hasty> {
            Starts(on: Placed.self, id: \.order) { _ in Hasty() }
            Timeout(after: .seconds(1), in: .waiting) { _ in [.complete] }
            Timeout(after: .seconds(2), in: .waiting) { _ in [.complete] }
        }
    }

    @Test func `two time-outs in one stage of a saga are refused by name`() async throws {
        try await Bench.with { bench in
            let error = await #expect(throws: TidingsError.self) {
                try await bench.subscriber { SagaHandler(Hasty.self) }.run()
            }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("Hasty declares two time-outs in stage waiting") == true)
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

    @Test func `two subscribers of one name are noticed when they join and the name is free when one is gone`()
        async throws
    {
        try await Bench.with { bench in
            do {
                let first = bench.subscriber { On(Placed.self) { _, _ in } }
                let second = bench.subscriber { On(Counted.self) { _, _ in } }
                try await first.makeGroup()
                try await first.makeGroup()
                for refused in [{ try await second.makeGroup() }, { try await second.run() }] {
                    let error = await #expect(throws: TidingsError.self) { try await refused() }
                    #expect(error?.code == .misconfigured)
                    #expect(error?.message.contains("stock") == true)
                }
                withExtendedLifetime(first) {}
            }
            let third = bench.subscriber { On(Placed.self) { _, transaction in try transaction.note("third") } }
            try await third.makeGroup()
            try await bench.running(third) {
                try await bench.publish(Placed(order: "a"))
                await bench.bus.waitUntilIdle()
            }
            let fourth = bench.subscriber { On(Placed.self) { _, _ in } }
            try await fourth.makeGroup()
            withExtendedLifetime(third) {}
        }
    }

    @Test func `one name on two buses is no mistake`() async throws {
        try await Bench.with { bench in
            let bus = MemoryEventBus(environment: bench.environment)
            let one = bench.subscriber { On(Placed.self) { _, _ in } }
            let other = Subscriber("stock", bus: bus, database: bench.database, logger: bench.logger) {
                On(Placed.self) { _, _ in }
            }
            try await one.makeGroup()
            try await other.makeGroup()
            withExtendedLifetime((one, other)) {}
        }
    }

    @Test(arguments: WrongOption.all)
    fileprivate func `an option that cannot work is refused with its name and its value and what would be right`(
        _ wrong: WrongOption
    ) async throws {
        try await Bench.with { bench in
            let stock = bench.subscriber("stock", wrong.set) { On(Placed.self) { _, _ in } }
            for attempt in [{ try await stock.makeGroup() }, { try await stock.run() }] {
                let error = await #expect(throws: TidingsError.self) { try await attempt() }
                #expect(error?.code == .misconfigured)
                let message = try #require(error?.message)
                #expect(message.hasPrefix("\(wrong.name) of subscriber stock is \(wrong.value); it must be "))
                #expect(message.hasSuffix(wrong.right))
            }
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

private struct WrongOption: Sendable, CustomTestStringConvertible {
    let name: String
    let value: String
    let right: String
    let set: @Sendable (inout SubscriberOptions) -> Void

    var testDescription: String { "\(name) \(value)" }

    init(
        _ name: String, _ value: String, _ right: String, _ set: @escaping @Sendable (inout SubscriberOptions) -> Void
    ) {
        (self.name, self.value, self.right, self.set) = (name, value, right, set)
    }

    static let all = [
        WrongOption("batchSize", "0", "1 to 10,000") { $0.batchSize = 0 },
        WrongOption("batchSize", "10001", "1 to 10,000") { $0.batchSize = 10_001 },
        WrongOption("concurrency", "0", "at least 1") { $0.concurrency = 0 },
        WrongOption("effectConcurrency", "-1", "at least 1") { $0.effectConcurrency = -1 },
        WrongOption("deliveryLimit", "1", "at least 2") { $0.deliveryLimit = 1 },
        WrongOption("visibilityTimeout", "0.0 seconds", "from a millisecond to 30 days") {
            $0.visibilityTimeout = .zero
        },
        WrongOption("retry.maximumAttempts", "0", "at least 1") { $0.retry.maximumAttempts = 0 },
        WrongOption("retry.initialDelay", "-1.0 seconds", "zero or more") { $0.retry.initialDelay = .seconds(-1) },
        WrongOption("retry.maximumDelay", "-1.0 seconds", "zero or more") { $0.retry.maximumDelay = .seconds(-1) },
    ]
}
