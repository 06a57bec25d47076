import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A publisher that tries again.
@Suite(.timeLimit(.minutes(10))) struct DuplicateTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: [false, true])
    func `after a restart, with and without a checkpoint, the first sequence is told`(hasCheckpoint: Bool) async throws
    {
        let clock = ManualClock()
        func open() async throws -> EmbeddedEventBus {
            try await EmbeddedEventBus.open(
                folder.path, options: .medium, logger: .quiet, environment: .seeded(1, clock: clock))
        }
        var bus = try await open()
        _ = try await bus.publish((0..<10).map { .numbered($0) })
        if hasCheckpoint { try await bus.checkpoint() }
        await bus.close()
        clock.advance(by: .seconds(119))
        bus = try await open()
        let published = try await bus.publish([.numbered(4), .numbered(10), .numbered(0), .numbered(10)])
        #expect(published.map(\.sequence) == [5, 11, 1, 11])
        #expect(published.map(\.isDuplicate) == [true, false, true, true])
        clock.advance(by: .seconds(10))
        #expect(try await bus.publish([.numbered(4)]).map(\.isDuplicate) == [false])
        await bus.close()
    }

    @Test func `a duplicate of what is not durable yet waits for it`() async throws {
        let system = HeldFileSystem()
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1), fileSystem: system)
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        system.hold()
        let first = Task { try await bus.publish([.numbered(1)]) }
        await system.waitForSync()
        let steps = StepExecutor()
        let told = Flag()
        let second = Task(executorPreference: steps) {
            defer { told.raise() }
            return try await bus.publish([.numbered(1)])
        }
        steps.run()
        #expect(!told.isRaised)
        #expect(try await group.depth().pending == 0)
        system.release()
        steps.letGo()
        #expect(try await first.value.map(\.sequence) == [1])
        #expect(try await second.value == [PublishedEvent(id: EventID("event-1"), sequence: 1, isDuplicate: true)])
        #expect(try await group.depth().pending == 1)
        await bus.close()
    }
}
