import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A record that was damaged where it stands, and what groups get in spite of it.
@Suite(.timeLimit(.minutes(10))) struct UnreadableEventTests {
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    /// - Parameter cacheBytes: 0 lets each event be read when it is delivered.
    private func open(cacheBytes: Int = 0) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 64 << 10
        options.cacheBytes = cacheBytes
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private func join(
        _ bus: EmbeddedEventBus, _ group: String = "group", from start: Subscription.Start = .latest
    ) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: group, pattern: .all, start: start))
    }

    /// Flips a bit of the id of an event in the first file of the log; the same once more restores it.
    private func flip(_ number: Int) throws {
        let path = try Self.folder + "/" + #require(system.files(in: Self.folder).first { $0.hasSuffix(".log") })
        let place = try #require(try system.contents(of: path).firstRange(of: Array("vent-\(number)".utf8)))
        try system.flip(byteAt: place.lowerBound - 1, of: path, mask: 1)
    }

    private func publish(_ bus: EmbeddedEventBus, _ numbers: Range<Int>) async throws {
        for number in numbers { try await bus.publish([.numbered(number)]) }
    }

    /// Publishes another file of events, when those before are too old to be known for duplicates, and lets the group do
    /// them: opening does not read those before, which are behind the checkpoint.
    private func publishBehind(_ bus: EmbeddedEventBus, _ group: any EventConsumer) async throws {
        clock.advance(by: .seconds(700))
        for number in 1000..<1100 { try await bus.publish([.numbered(number, padding: 1000)]) }
        try await group.acknowledge(try await group.take(100))
        try await bus.checkpoint()
        await bus.close()
    }

    /// Only the event is missing, and where it stands is known.
    private func expectSetAside(
        _ number: Int, _ bus: EmbeddedEventBus, _ group: String = "group", acknowledged: Int
    ) async throws {
        let unreadable = try await bus.unreadableEvents(of: group)
        #expect(unreadable.map(\.sequence) == [UInt64(number) + 1])
        #expect(unreadable.first?.segment == 1 && unreadable.first?.offset ?? 0 >= 4096)
        let ledger = try await bus.ledger(of: group)
        #expect(ledger.isBalanced && ledger.unreadable == 1 && ledger.acknowledged == acknowledged, "\(ledger)")
        let alarms = await bus.health().alarms
        #expect(alarms.count { $0.contains("event \(number + 1) at 1:") && $0.contains(group) } == 1, "\(alarms)")
        #expect(await bus.health().isConnected)
    }

    @Test func `one that cannot be delivered is set aside, and its neighbours are delivered at once`() async throws {
        let bus = try await open()
        let group = try await join(bus)
        try await publish(bus, 0..<50)
        try flip(17)
        let others = Array(0..<17) + Array(18..<50)
        let deliveries = try await group.take(49)
        #expect(deliveries.map(\.event.number) == others)
        #expect(deliveries.allSatisfy { $0.attempt == 1 })
        try await group.acknowledge(deliveries)
        let depth = try await group.depth()
        #expect(depth.pending == 0 && depth.inFlight == 0)
        try await expectSetAside(17, bus, acknowledged: 49)
        await bus.close()
        #expect(await bus.failure() == nil)
    }

    @Test func `one that cannot be loaded is set aside, and those behind it are found`() async throws {
        var bus = try await open()
        try await publish(bus, 0..<50)
        var group = try await join(bus)
        let late = try await join(bus, "late", from: .earliest)
        while try await late.depth().pending < 50 { await Task.yield() }
        await late.close()
        try await publishBehind(bus, group)
        try flip(17)
        bus = try await open()
        group = try await join(bus, "late")
        let deliveries = try await group.take(149)
        #expect(deliveries.prefix(49).map(\.event.number) == Array(0..<17) + Array(18..<50))
        try await group.acknowledge(deliveries)
        try await expectSetAside(17, bus, "late", acknowledged: 149)
        await bus.close()
        #expect(await bus.failure() == nil)
        // What is restored is delivered.
        try flip(17)
        bus = try await open()
        #expect(try await join(bus, "late").take(1).map(\.event.number) == [17])
        #expect(try await bus.unreadableEvents(of: "late") == [])
        await bus.close()
    }

    @Test func `a new group is told of what it might have got`() async throws {
        let bus = try await open()
        try await publish(bus, 0..<50)
        try flip(17)
        let group = try await join(bus, "late", from: .earliest)
        let deliveries = try await group.take(49)
        #expect(deliveries.map(\.event.number) == Array(0..<17) + Array(18..<50))
        try await group.acknowledge(deliveries)
        while try await bus.unreadableEvents(of: "late").isEmpty { await Task.yield() }
        try await expectSetAside(17, bus, "late", acknowledged: 49)
        await bus.close()
        #expect(await bus.failure() == nil)
    }

    @Test func `what is given up counts as acknowledged, after a restart as well`() async throws {
        var bus = try await open()
        let group = try await join(bus)
        try await publish(bus, 0..<3)
        try flip(1)
        try await group.acknowledge(try await group.take(2))
        #expect(try await bus.discardUnreadableEvents(of: "group") == 1)
        #expect(try await bus.discardUnreadableEvents(of: "group") == 0)
        #expect(try await bus.unreadableEvents(of: "group") == [])
        #expect(await bus.health().alarms == [])
        try await publishBehind(bus, group)
        bus = try await open()
        let ledger = try await bus.ledger(of: "group")
        #expect(ledger.isBalanced && ledger.acknowledged == 103 && ledger.pending == 0)
        await bus.close()
    }
}
