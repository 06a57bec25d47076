import Foundation
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct EmbeddedFailureTests {
    private let folder: TemporaryFolder
    private let system = HeldFileSystem()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1), fileSystem: system)
    }

    @Test(arguments: [(ENOSPC, "Make room there, then open the log again"), (EIO, "refused")])
    func `a bus that its disk stops says so, and why, to whoever waits`(number: Int32, reason: String) async throws {
        let bus = try await open()
        let consumer = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        let waiting = Task { await bus.failure() }
        system.fail(with: number)
        let error = await #expect(throws: TidingsError.self) { try await bus.publish([.numbered(1)]) }
        #expect(error?.code == .unavailable)
        let failure = try #require(await waiting.value)
        #expect(failure.code == .unavailable)
        #expect(failure.message.contains(reason) && failure.message.contains(folder.path))
        #expect(await bus.health().isConnected == false)
        await #expect(throws: TidingsError.self) { try await consumer.next(atMost: 1) }
        await bus.close()
        #expect(await bus.failure()?.message == failure.message)
    }

    @Test func `a failure of the last sync is told as well`() async throws {
        let bus = try await open()
        let consumer = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await bus.publish([.numbered(1)])
        let deliveries = try await consumer.take(1)
        system.fail(with: EIO)
        try await consumer.acknowledge(deliveries)
        await bus.close()
        #expect(await bus.failure()?.code == .unavailable)
    }

    @Test func `a bus that is closed in good order has no failure`() async throws {
        let bus = try await open()
        let waiting = Task { await bus.failure() }
        await bus.close()
        #expect(await waiting.value == nil)
        #expect(await bus.failure() == nil)
    }

    @Test func `who waits for a failure can be cancelled`() async throws {
        let bus = try await open()
        let waiting = Task { await bus.failure() }
        waiting.cancel()
        #expect(await waiting.value == nil)
        await bus.close()
    }
}
