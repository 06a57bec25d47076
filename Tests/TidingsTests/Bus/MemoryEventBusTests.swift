import Testing
import Tidings
import TidingsRouting
import TidingsTesting

private struct MemoryFixture: BusFixture {
    var keepsHistory = false

    func open(_ environment: RuntimeEnvironment) async throws -> any EventBus {
        MemoryEventBus(environment: environment, keepsHistory: keepsHistory)
    }

    func close(_ bus: any EventBus) async throws {
        (bus as? MemoryEventBus)?.close()
    }
}

@Suite(.timeLimit(.minutes(2))) struct MemoryEventBusTests {
    @Test(arguments: BusConformance.checks)
    func `the memory bus keeps the contract`(_ check: BusConformance.Check) async throws {
        try await BusConformance { MemoryFixture() }.run(check)
    }

    @Test(arguments: BusConformance.checks)
    func `the memory bus with a history keeps the contract of those that have one`(
        _ check: BusConformance.Check
    ) async throws {
        try await BusConformance { MemoryFixture(keepsHistory: true) }.run(check)
    }

    @Test func `the bus is idle once every group has acknowledged everything`() async throws {
        let bus = MemoryEventBus(environment: .seeded(1))
        await bus.waitUntilIdle()
        var consumers: [any EventConsumer] = []
        for group in ["one", "other"] {
            consumers.append(try await bus.subscribe(Subscription(group: group, pattern: .all)))
        }
        try await bus.publish([
            Envelope(id: "1", source: "/test", type: "a.v1", time: Timestamp(seconds: 0), data: EventBytes("{}"))
        ])
        let idle = Task { await bus.waitUntilIdle() }
        for consumer in consumers {
            let deliveries = try await consumer.next(atMost: 10)
            try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
        }
        await idle.value
        for consumer in consumers { #expect(try await consumer.depth().inFlight == 0) }
    }
}
