import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Who is woken, and what becomes of what a member got in the moment in which it went.
@Suite(.timeLimit(.minutes(10))) struct WakingTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What the contract says of waking and of leases, for a quick look.
    @Test(
        arguments: BusConformance.checks.filter { check in
            ["wakes", "clock", "too long", "oldest"].contains { check.name.contains($0) }
        })
    func `the embedded bus wakes whom it must`(_ check: BusConformance.Check) async throws {
        try await BusConformance(timeout: .seconds(300)) { try EmbeddedFixture(.medium) }.run(check)
    }

    @Test(arguments: [true, false])
    func `a member that is cancelled as it is woken wakes the next`(isEmbedded: Bool) async throws {
        let clock = ManualClock()
        let environment = RuntimeEnvironment.seeded(1, clock: clock)
        let embedded = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: environment)
        let bus: any EventBus = isEmbedded ? embedded : MemoryEventBus(environment: environment)
        let subscription = Subscription(group: "group", pattern: .all)
        let one = try await bus.subscribe(subscription)
        let other = try await bus.subscribe(subscription)
        let steps = StepExecutor()
        let first = Task(executorPreference: steps) { try await one.next(atMost: 1) }
        steps.run()
        try await clock.waitForSleepers(1)
        let second = Task { try await other.next(atMost: 1) }
        try await clock.waitForSleepers(2)
        try await bus.publish([.numbered(1)])
        // The first to wait is woken, and has not run.
        while !steps.hasJobs { await Task.yield() }
        first.cancel()
        steps.letGo()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await second.value.map(\.event.number) == [1])
        await embedded.close()
    }

    @Test func `a consumer that is closed while its take is written hands nothing out`() async throws {
        let gate = Gate()
        let watched = WatchedFileSystem(
            SimulatedFileSystem(),
            onCall: { call in if case .wrote(let path) = call, path.hasSuffix(".log") { gate.pass() } },
            onChange: { _ in })
        let bus = try await EmbeddedEventBus.open(
            "/data/bus", options: .medium, logger: .quiet, environment: .seeded(1), fileSystem: watched)
        let subscription = Subscription(group: "group", pattern: .all)
        let one = try await bus.subscribe(subscription)
        let other = try await bus.subscribe(subscription)
        try await bus.publish([.numbered(1)])
        gate.hold()
        let taking = Task { try await one.next(atMost: 1) }
        await gate.arrival()
        await one.close()
        gate.release()
        let error = await #expect(throws: TidingsError.self) { try await taking.value }
        #expect(error?.code == .closed)
        let deliveries = try await other.take(1)
        #expect(deliveries.map(\.event.number) == [1] && deliveries.map(\.attempt) == [1])
        await bus.close()
    }

    @Test func `whoever closes the bus waits until it is closed`() async throws {
        let system = HeldFileSystem()
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1), fileSystem: system)
        system.hold()
        let publishing = Task { try await bus.publish([.numbered(1)]) }
        await system.waitForSync()
        let steps = StepExecutor()
        let closed = [Flag(), Flag()]
        let closing = closed.map { flag in
            Task(executorPreference: steps) {
                await bus.close()
                flag.raise()
            }
        }
        steps.run()
        #expect(closed.map(\.isRaised) == [false, false])
        system.release()
        steps.letGo()
        for task in closing { await task.value }
        _ = try await publishing.value
        // The folder is free.
        let next = try await EmbeddedEventBus.open(folder.path, options: .medium, logger: .quiet)
        await next.close()
        await next.close()
    }
}
