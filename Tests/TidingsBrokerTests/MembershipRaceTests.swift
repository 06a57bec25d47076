import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct MembershipRaceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a member that leaves while it begins a take leaves nothing out`() async throws {
        let clock = MomentClock()
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1, clock: clock))
        let consumer = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        let other = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await bus.publish([.numbered(1)])
        let steps = StepExecutor()
        let leaving = Task(executorPreference: steps) { await consumer.close() }
        // A take reads the time before anything else.
        clock.onNextMoment { steps.run() }
        let error = await #expect(throws: TidingsError.self) { try await consumer.next(atMost: 1) }
        #expect(error?.code == .closed)
        await leaving.value
        #expect(try await other.depth().inFlight == 0)
        #expect(try await other.take(1).map(\.event) == [.numbered(1)])
        await bus.close()
    }

    @Test func `a member of a group that another is just making has it durable as well`() async throws {
        let system = HeldFileSystem()
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1), fileSystem: system)
        let subscription = Subscription(group: "group", pattern: .all)
        system.hold()
        let first = Task { _ = try await bus.subscribe(subscription) }
        await system.waitForSync()
        let steps = StepExecutor()
        let joined = Flag()
        let second = Task(executorPreference: steps) {
            _ = try await bus.subscribe(subscription)
            joined.raise()
        }
        steps.run()
        #expect(!joined.isRaised)
        system.release()
        steps.letGo()
        try await first.value
        try await second.value
        #expect(joined.isRaised)
        await bus.close()
    }
}

/// A clock that stands still and lets a test act in the moment in which it is read.
private final class MomentClock: TimeSource {
    private let clock = ManualClock()
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    /// Does something when the clock is read next.
    func onNextMoment(_ body: @escaping @Sendable () -> Void) { action.withLock { $0 = body } }

    func now() -> Timestamp { clock.now() }

    func uptime() -> Duration {
        let action = action.withLock { action in
            defer { action = nil }
            return action
        }
        action?()
        return clock.uptime()
    }

    func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}
