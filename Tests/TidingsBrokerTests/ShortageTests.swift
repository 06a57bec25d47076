import Foundation
import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// What a bus does while the process or the machine has no descriptor or memory left for it.
@Suite(.timeLimit(.minutes(10))) struct ShortageTests {
    private static let folder = "/data/bus"
    private static let passing = [EMFILE, ENFILE, ENOMEM, EINTR, EAGAIN]
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private func open(_ fileSystem: any FileSystem) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.retentionBytes = 1
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: fileSystem)
    }

    private func join(_ bus: EmbeddedEventBus) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: "group", pattern: .all))
    }

    /// Publishes and consumes over several segments, with checkpoints, indexes, removal and a copy; some events stay.
    private func work(_ bus: EmbeddedEventBus) async throws {
        let group = try await join(bus)
        for round in 0..<4 {
            try await bus.publish((round * 30..<round * 30 + 30).map { .numbered($0, key: "key", padding: 200) })
            try await group.acknowledge(try await group.take(25))
            await bus.runMaintenance()
            try await bus.checkpoint()
        }
        try await bus.backUp(to: "/data/copy")
        #expect(try await !bus.events(after: 100, atMost: 100).isEmpty)
    }

    @Test func `each call that fails for want of something is made again, and nothing is lost`() async throws {
        system.stutter(with: Self.passing)
        let bus = try await open(system)
        try await work(bus)
        #expect(await bus.health() == BusHealth(isConnected: true))
        await bus.close()
        #expect(await bus.failure() == nil)
        // What had been promised is there after a power cut as well, which takes what was not durable.
        let survivor = system.afterPowerCut(.nothing)
        survivor.stutter(with: Self.passing)
        let second = try await open(survivor)
        let rest = try await join(second).take(20)
        #expect(rest.map(\.event.number) == Array(100..<120))
        await second.close()
    }

    @Test(arguments: [
        SimulatedFileSystem.Operation.synchronize, .synchronizeDirectory,
    ])
    func `a sync that lacked memory is final, for nobody knows what became of it`(
        _ operation: SimulatedFileSystem.Operation
    ) async throws {
        let bus = try await open(system)
        _ = try await join(bus)
        try await bus.publish([.numbered(1)])
        system.fail(operation, with: .error(ENOMEM))
        await #expect(throws: TidingsError.self) {
            for number in 2..<100 { try await bus.publish([.numbered(number, padding: 1000)]) }
        }
        #expect(await bus.failure()?.code == .unavailable)
        system.clearFaults()
        await bus.close()
        let second = try await open(system.afterPowerCut(.nothing))
        #expect(try await join(second).take(1).first?.event.number == 1)
        await second.close()
    }

    @Test func `a call that waits is named by health, and the bus goes on by itself`() async throws {
        let bus = try await open(system)
        let group = try await join(bus)
        system.fail(.create, with: .error(EMFILE))
        let events = (0..<40).map { Envelope.numbered($0, padding: 1000) }
        let publishing = Task { for event in events { try await bus.publish([event]) } }
        while await bus.health().alarms.isEmpty { await Task.yield() }
        let alarms = await bus.health().alarms
        #expect(alarms.first?.hasPrefix("the bus waits, and goes on by itself: open of /data/bus/") == true)
        #expect(await bus.health().isConnected)
        system.clearFaults()
        try await publishing.value
        #expect(try await group.take(40).map(\.event.number) == Array(0..<40))
        while await !bus.health().alarms.isEmpty { await Task.yield() }
        await bus.close()
        #expect(await bus.failure() == nil)
    }

    @Test func `a bus that cannot be opened for want of descriptors says so after a while`() async throws {
        system.fail(.open, with: .error(EMFILE))
        system.fail(.create, with: .error(EMFILE))
        let impatient = RetryingFileSystem(system, limit: .milliseconds(3))
        let error = await #expect(throws: TidingsError.self) { try await open(impatient) }
        #expect(error?.code == .unavailable)
        #expect("\(error.map { "\($0)" } ?? "")".contains("errno \(EMFILE)"))
        #expect(impatient.retries.shortage == nil)
        system.clearFaults()
        await (try await open(system)).close()
    }
}
