import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// What is held in memory of events that wait.
@Suite(.timeLimit(.minutes(10))) struct MemoryTests {
    private static let cacheBytes = 64 << 10
    private let system = SimulatedFileSystem()

    private func open() async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 256 << 10
        options.cacheBytes = Self.cacheBytes
        return try await EmbeddedEventBus.open(
            "/data/bus", options: options, logger: .quiet, environment: .seeded(1), fileSystem: system)
    }

    private func join(_ bus: EmbeddedEventBus, _ group: String) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: group, pattern: .all))
    }

    /// Twenty events, one of them of a key that is held up.
    private func batch(_ number: Int) -> [Envelope] {
        (0..<20).map { .numbered(number * 20 + $0, key: $0 == 0 ? "held up" : "key \(number % 7) \($0)", padding: 200) }
    }

    @Test func `a key that is held up and a group that is slow take no memory from one that keeps up`() async throws {
        let bus = try await open()
        let quick = try await join(bus, "quick")
        let slow = try await join(bus, "slow")
        try await bus.publish(batch(0))
        let first = try await quick.take(20)
        try await quick.acknowledge(first.dropFirst())
        for number in 1..<100 {
            try await bus.publish(batch(number))
            let deliveries = try await quick.take(19)
            #expect(deliveries.map(\.event) == Array(batch(number).dropFirst()))
            try await quick.acknowledge(deliveries)
            // The last ones are always there, whoever waits for the first ones.
            #expect((1...Self.cacheBytes).contains(bus.heldByteCount))
        }
        try await quick.acknowledge([first[0]])
        #expect(try await quick.take(99).map(\.event) == (1..<100).map { batch($0)[0] })
        let all = try await slow.take(2000)
        #expect(all.map(\.event) == (0..<100).flatMap(batch))
        #expect(bus.heldByteCount == 0)
        await bus.close()
    }
}
