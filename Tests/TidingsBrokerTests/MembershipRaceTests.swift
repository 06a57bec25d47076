import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct MembershipRaceTests {
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

    /// A group that asks for more than the type of events, so that they are routed before the lock is taken.
    private static func readingContent(_ group: String) throws -> Subscription {
        Subscription(group: group, pattern: try EventPattern(json: #"{"source": ["/test"]}"#))
    }

    @Test(arguments: [false, true])
    func `a group that joins or is removed while an event is between its routing and its record is noticed`(
        isRemoved: Bool
    ) async throws {
        let clock = MomentClock()
        func open() async throws -> EmbeddedEventBus {
            try await EmbeddedEventBus.open(
                folder.path, options: .medium, logger: .quiet, environment: .seeded(1, clock: clock))
        }
        let bus = try await open()
        _ = try await bus.subscribe(Self.readingContent("first"))
        if isRemoved { _ = try await bus.subscribe(Self.readingContent("other")) }
        let steps = StepExecutor()
        let changing = Task(executorPreference: steps) {
            if isRemoved {
                try await bus.removeGroup("other")
            } else {
                _ = try await bus.subscribe(Self.readingContent("other"))
            }
        }
        // The time of the record is read when the routes are known. Others read the clock as well.
        clock.onNextMoment(ofWatchedTask: true) { steps.run() }
        try await MomentClock.$isWatched.withValue(true) { _ = try await bus.publish([.numbered(1)]) }
        steps.letGo()
        try await changing.value
        #expect(try await bus.ledger(of: "first").published == 1)
        if !isRemoved { #expect(try await bus.ledger(of: "other").published == 1) }
        await bus.close()
        let again = try await open()
        #expect(try await again.ledger(of: "first").pending == 1)
        await again.close()
    }
}

/// A clock that stands still and lets a test act in the moment in which it is read.
private final class MomentClock: TimeSource {
    private let clock = ManualClock()
    private let action = Mutex<(mustBeWatched: Bool, body: @Sendable () -> Void)?>(nil)
    @TaskLocal static var isWatched = false

    /// Does something when the clock is read next, or read next by a task that is watched.
    func onNextMoment(ofWatchedTask mustBeWatched: Bool = false, _ body: @escaping @Sendable () -> Void) {
        action.withLock { $0 = (mustBeWatched, body) }
    }

    func now() -> Timestamp {
        act { $0.mustBeWatched && Self.isWatched }
        return clock.now()
    }

    func uptime() -> Duration {
        act { !$0.mustBeWatched }
        return clock.uptime()
    }

    private func act(if isDue: ((mustBeWatched: Bool, body: @Sendable () -> Void)) -> Bool) {
        let action = action.withLock { action -> (@Sendable () -> Void)? in
            guard let next = action, isDue(next) else { return nil }
            action = nil
            return next.body
        }
        action?()
    }

    func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}
