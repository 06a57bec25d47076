import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Of batches that came together, only the events stay that some group needs.
@Suite(.timeLimit(.minutes(2))) struct PartialRecordTests {
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private func open() async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 256 << 10
        options.retentionBytes = 1
        // All that is delivered after a while is read from the log.
        options.cacheBytes = 0
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private func join(_ bus: EmbeddedEventBus) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: "slow", pattern: .all))
    }

    private func event(_ number: Int) -> Envelope { .numbered(number, key: "key \(number % 3)", padding: 150) }

    /// The events of the sealed segments that are there, by their number.
    private func history(_ bus: EmbeddedEventBus, before end: Int) async throws -> [Int] {
        let events = try await bus.events(after: 0, atMost: 10_000).filter { $0.event.number < end }
        for recorded in events {
            #expect(recorded.event == event(recorded.event.number))
            #expect(recorded.sequence == UInt64(recorded.event.number) + 1)
        }
        return events.map(\.event.number)
    }

    @Test func `one event of each batch stays, wherever it is looked for`() async throws {
        var bus = try await open()
        var slow = try await join(bus)
        for batch in 0..<30 { try await bus.publish((0..<100).map { event(100 * batch + $0) }) }
        #expect(try system.files(in: Self.folder).filter { $0.hasSuffix(".log") }.count >= 4)
        let deliveries = try await slow.take(3000)
        try await slow.acknowledge(deliveries.filter { $0.event.number % 100 != 57 })
        for _ in 0..<3 { await bus.runMaintenance() }
        let first = try #require(try system.files(in: Self.folder).first { $0.hasSuffix(".log") })
        #expect(try system.contents(of: "\(Self.folder)/\(first)").count < 4096 + 9 * 400)
        let kept = Array(stride(from: 57, to: 1500, by: 100))
        #expect(try await history(bus, before: 1500) == kept)
        #expect(try await bus.event(id: "event-257")?.event == event(257))
        #expect(try await bus.event(id: "event-258") == nil)

        await bus.close()
        bus = try await open()
        slow = try await join(bus)
        #expect(try await history(bus, before: 1500) == kept)
        #expect(try await bus.event(id: "event-257")?.event == event(257))
        var left: [Delivery] = []
        while left.count < 30 { left += try await slow.next(atMost: 30 - left.count) }
        #expect(left.map(\.event) == stride(from: 57, to: 3000, by: 100).map(event))
        #expect(left.allSatisfy { $0.attempt == 2 })

        #expect(try await bus.ledger(of: "slow").isBalanced)
        await bus.close()
    }
}
