import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// What may go from the log and what has to stay.
@Suite(.timeLimit(.minutes(2))) struct ReclamationTests {
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.retentionBytes = 1
        return options
    }

    private func open(
        _ system: any FileSystem, _ folder: String = folder, _ options: EmbeddedOptions? = nil
    ) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder, options: options ?? self.options, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: system)
    }

    private func join(
        _ bus: EmbeddedEventBus, from start: Subscription.Start = .latest
    ) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: "group", pattern: .all, start: start))
    }

    /// Publishes some events for each segment, and lets the group have them all.
    private func work(_ bus: EmbeddedEventBus, rounds: Int) async throws {
        let group = try await join(bus)
        for round in 0..<rounds {
            try await bus.publish((0..<30).map { .numbered(30 * round + $0, padding: 200) })
            try await group.acknowledge(group.take(30))
            await bus.runMaintenance()
        }
        await group.close()
    }

    private func segments() throws -> [String] {
        try system.files(in: Self.folder).filter { $0.hasSuffix(".log") }
    }

    /// How large each file of the log is.
    private func sizes() throws -> [Int] {
        try segments().map { try system.contents(of: "\(Self.folder)/\($0)").count }
    }

    @Test func `what the older of two checkpoints needs stays, for when the newer is damaged`() async throws {
        let bus = try await open(system)
        try await work(bus, rounds: 6)
        #expect(try segments().first?.hasSuffix("00001.log") == false)
        // As the process was killed: closing would leave another checkpoint.
        for isDamaged in [false, true] {
            let left = system.afterPowerCut(.nothing)
            let checkpoints = try left.files(in: Self.folder).filter { $0.hasSuffix(".checkpoint") }
            #expect(checkpoints.count == 2)
            if isDamaged { try left.flip(byteAt: 40, of: "\(Self.folder)/\(try #require(checkpoints.last))") }
            let again = try await open(left)
            let ledger = try await again.ledger(of: "group")
            #expect(ledger.isBalanced && ledger.published == 180 && ledger.acknowledged == 180)
            await again.close()
        }
        await bus.close()
    }

    @Test func `a backup opens though the log has lost what was before its checkpoint`() async throws {
        let bus = try await open(system)
        try await work(bus, rounds: 6)
        #expect(try segments().first?.hasSuffix("00001.log") == false)
        try await bus.backUp(to: "/data/copy")
        await bus.close()
        let copy = try await open(system, "/data/copy")
        let ledger = try await copy.ledger(of: "group")
        #expect(ledger.isBalanced && ledger.published == 180 && ledger.acknowledged == 180)
        #expect(try await copy.publish([.numbered(1000)]).map(\.sequence) == [181])
        await copy.close()
    }

    @Test func `what is exactly as old as the retention stays, and goes a moment later`() async throws {
        var options = options
        options.retentionBytes = 1 << 30
        options.retention = .seconds(3600)
        let bus = try await open(system, Self.folder, options)
        for number in 0..<100 { try await bus.publish([.numbered(number, padding: 400)]) }
        clock.advance(by: .seconds(3600))
        for _ in 0..<3 { await bus.runMaintenance() }
        #expect(try await bus.events(after: 0, atMost: 1).map(\.sequence) == [1])
        clock.advance(by: .microseconds(1))
        await bus.runMaintenance()
        #expect(try await bus.events(after: 0, atMost: 1).first?.sequence ?? 0 > 80)
        await bus.close()
    }

    @Test func `history that is still to be matched stays`() async throws {
        let gate = Gate()
        let watched = WatchedFileSystem(
            system,
            onCall: { call in
                if case .opening(let path) = call, path.hasSuffix(".log") { gate.pass() }
            }, onChange: { _ in })
        let bus = try await open(watched)
        for number in 0..<100 { try await bus.publish([.numbered(number, padding: 400)]) }
        for _ in 0..<2 { try await bus.checkpoint() }
        let before = try sizes()
        #expect(before.count > 6)
        gate.hold()
        let group = try await join(bus, from: .earliest)
        await gate.arrival()
        do {
            defer { gate.release() }
            for _ in 0..<3 { await bus.runMaintenance() }
            // Whoever waited for what is gone would wait for ever.
            try #require(try sizes() == before)
        }
        #expect(try await group.take(100).map(\.event.number) == Array(0..<100))
        await bus.close()
    }
}
