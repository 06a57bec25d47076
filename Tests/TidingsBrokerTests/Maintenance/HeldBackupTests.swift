import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// A copy that is held up while it is made, and a bus that goes on meanwhile.
@Suite(.timeLimit(.minutes(10))) struct HeldBackupTests {
    private static let target = "/data/copy"
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let gate = Gate()

    private var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        return options
    }

    private func open(_ system: any FileSystem, _ folder: String = folder) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    /// Stops whoever writes a segment of the copy, when the gate is to be held.
    private func watchedSystem() -> WatchedFileSystem {
        WatchedFileSystem(
            SimulatedFileSystem(),
            onCall: { [gate] call in
                guard case .wrote(let path) = call, path.hasPrefix(Self.target), path.hasSuffix(".log.tmp") else {
                    return
                }
                gate.pass()
            },
            onChange: { _ in })
    }

    private func event(_ number: Int) -> Envelope {
        .numbered(number, key: "key \(number % 5)", padding: number * 7919 % 400)
    }

    private func publish(_ bus: EmbeddedEventBus, _ numbers: Range<Int>) async throws {
        for number in numbers { try await bus.publish([event(number)]) }
    }

    /// Takes and acknowledges events one by one, so that none of a key waits for another.
    private func acknowledge(_ consumer: any EventConsumer, _ count: Int) async throws {
        for _ in 0..<count {
            try Task.checkCancellation()
            try await consumer.acknowledge(try await consumer.next(atMost: 1))
        }
    }

    private func segments(_ system: WatchedFileSystem, in folder: String) throws -> Int {
        try system.system.files(in: folder).count { $0.hasSuffix(".log") }
    }

    @Test func `events flow while a copy is held up, and it holds the moment at which it was begun`() async throws {
        let system = watchedSystem()
        let bus = try await open(system)
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        _ = try await bus.subscribe(Subscription(group: "idle", pattern: .all))
        try await publish(bus, 0..<60)
        try await acknowledge(group, 20)
        // Out while the copy is made; the others of their keys wait for them.
        let out = try await group.take(3)

        gate.hold()
        async let backup: Void = bus.backUp(to: Self.target)
        await gate.arrival()
        do {
            defer { gate.release() }
            let before = try segments(system, in: Self.folder)
            try await publish(bus, 60..<120)
            try await group.acknowledge(out)
            try await acknowledge(group, 40)
            // Nothing of the copy has its name yet, so that all of this came about while it was made.
            #expect(try segments(system, in: Self.target) == 0)
            #expect(try segments(system, in: Self.folder) > before)
        }
        try await backup
        let ledger = try await bus.ledger(of: "group")
        #expect(ledger.isBalanced && ledger.published == 120 && ledger.acknowledged == 63 && ledger.pending == 57)
        await bus.close()

        let copy = try await open(system, Self.target)
        let events = try await copy.events(after: 0, atMost: 1000)
        #expect(events.map(\.event) == (0..<60).map(event))
        #expect(events.map(\.sequence) == Array(1...60))
        let copied = try await copy.ledger(of: "group")
        #expect(copied.isBalanced && copied.published == 60 && copied.acknowledged == 20 && copied.pending == 40)
        try await expectRest(of: copy, "group", Set(20..<60), taken: Set(out.map(\.event.number)))
        try await expectRest(of: copy, "idle", Set(0..<60), taken: [])
        #expect(try await copy.publish([event(1000)]).map(\.sequence) == [61])
        await copy.close()
        // And as durable as a bus that was closed.
        let again = try await open(system.system.afterPowerCut(.nothing), Self.target)
        #expect(try await again.events(after: 0, atMost: 1000).map(\.event) == ((0..<60) + [1000]).map(event))
        #expect(try await again.ledger(of: "group").pending == 1)
        await again.close()
    }

    /// A group has these events, each as it was and in the order of its key, and knows which were out.
    private func expectRest(
        of bus: EmbeddedEventBus, _ name: String, _ numbers: Set<Int>, taken: Set<Int>
    ) async throws {
        let consumer = try await bus.subscribe(Subscription(group: name, pattern: .all))
        var deliveries: [Delivery] = []
        while deliveries.count < numbers.count {
            try Task.checkCancellation()
            let next = try await consumer.next(atMost: 100)
            try await consumer.acknowledge(next)
            deliveries += next
        }
        #expect(deliveries.count == numbers.count)
        #expect(Set(deliveries.map(\.event.number)) == numbers)
        for delivery in deliveries {
            let number = delivery.event.number
            #expect(delivery.event == event(number))
            #expect(delivery.receipt.sequence == UInt64(number) + 1)
            #expect(delivery.attempt == (taken.contains(number) ? 2 : 1), "event \(number) of \(name)")
        }
        for (_, ofKey) in Dictionary(grouping: deliveries, by: \.event.subject) {
            #expect(ofKey.map(\.receipt.sequence) == ofKey.map(\.receipt.sequence).sorted())
        }
        let ledger = try await bus.ledger(of: name)
        #expect(ledger.isBalanced && ledger.pending == 0 && ledger.inFlight == 0)
    }
}
