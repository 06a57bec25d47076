import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// What a group that was made for history needs stays, whatever is compacted before it has consumed anything.
@Suite(.timeLimit(.minutes(10))) struct CompactionTests {
    private static let count = 600
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    /// One event in each second segment.
    private static let wanted = Array(stride(from: 13, to: count, by: 60))

    private func open() async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 16 << 10
        options.retentionBytes = 1
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private func publish(_ bus: EmbeddedEventBus) async throws {
        for number in 0..<Self.count {
            var event = Envelope.numbered(number, padding: 400)
            if number % 60 == 13 { event.type = "wanted.v1" }
            try await bus.publish([event])
        }
    }

    private func join(
        _ bus: EmbeddedEventBus, _ group: String = "group", from start: Subscription.Start = .earliest
    ) async throws -> any EventConsumer {
        try await bus.subscribe(
            Subscription(group: group, pattern: EventPattern(types: "wanted.v1"), start: start))
    }

    /// Waits until history was matched: then everything that the group wants waits for it.
    private func waitForHistory(_ consumer: any EventConsumer) async throws {
        while try await consumer.depth().pending < Self.wanted.count { await Task.yield() }
    }

    private func expectWanted(from consumer: any EventConsumer) async throws {
        let deliveries = try await consumer.take(Self.wanted.count)
        #expect(deliveries.map(\.event.number) == Self.wanted)
        #expect(deliveries.allSatisfy { $0.event.data.text.utf8.count > 400 && $0.attempt == 1 })
        let depth = try await consumer.depth()
        #expect(depth.pending == 0)
    }

    @Test(arguments: [false, true])
    func `what a group without consumption needs of history survives compaction`(isRestarted: Bool) async throws {
        var bus = try await open()
        try await publish(bus)
        var consumer = try await join(bus)
        try await waitForHistory(consumer)
        for _ in 0..<4 { await bus.runMaintenance() }
        // Nothing else is there any more, but for what stands in the segment that is being written.
        let left = try await bus.events(after: 0, atMost: 1000).map(\.event.number)
        #expect(left.filter { $0 < Self.count - 40 } == Self.wanted.filter { $0 < Self.count - 40 })
        if isRestarted {
            await bus.close()
            bus = try await open()
            for _ in 0..<3 { await bus.runMaintenance() }
            consumer = try await join(bus)
        }
        #expect(try await bus.ledger(of: "group").isBalanced)
        try await expectWanted(from: consumer)
        await bus.close()
    }

    @Test func `maintenance while history is being matched takes nothing away from it`() async throws {
        let bus = try await open()
        try await publish(bus)
        // Two checkpoints cover the log, so that maintenance compacts it from its first round on.
        for _ in 0..<2 { try await bus.checkpoint() }
        var early: [any EventConsumer] = []
        for number in 0..<3 { early.append(try await join(bus, "early \(number)")) }
        // Their history is matched meanwhile.
        async let maintenance: Void = {
            for _ in 0..<3 { await bus.runMaintenance() }
        }()
        let late = try await join(bus, "late")
        await maintenance
        for consumer in early { try await expectWanted(from: consumer) }
        var last = Envelope.numbered(Self.count)
        last.type = "wanted.v1"
        try await bus.publish([last])
        var numbers: [Int] = []
        while numbers.last != Self.count { numbers += try await late.take(1).map(\.event.number) }
        // Where it came after a part was gone, it begins behind that.
        #expect(numbers.dropLast() == Self.wanted.suffix(numbers.count - 1))
        await bus.close()
    }
}
