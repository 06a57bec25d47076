import Foundation
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

@Suite(.timeLimit(.minutes(10))) struct EmbeddedFailureTests {
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

    @Test(arguments: [EMFILE, ENFILE])
    func `a bus that finds no descriptor to read its log goes on when there is one`(number: Int32) async throws {
        let system = SimulatedFileSystem()
        var options = EmbeddedOptions.small
        options.windowEvents = 32
        let bus = try await EmbeddedEventBus.open(
            "/bus", options: options, logger: .quiet, environment: .seeded(1), fileSystem: system)
        let consumer = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        // More than is held ready, so that they are read from the log: the first when they are delivered, others before.
        for start in stride(from: 0, to: 400, by: 20) {
            try await bus.publish((start..<start + 20).map { .numbered($0, padding: 90) })
        }
        for segment in 1...6 { system.fail(.open, of: "0\(segment).log", times: 3, with: .error(number)) }
        var numbers: [Int] = []
        while numbers.count < 400 {
            let deliveries = try await consumer.next(atMost: 50)
            numbers += deliveries.map(\.event.number)
            try await consumer.acknowledge(deliveries)
        }
        #expect(numbers == Array(0..<400))
        system.clearFaults()
        let late = try await bus.subscribe(Subscription(group: "late", pattern: .all, start: .earliest))
        for segment in 1...6 { system.fail(.open, of: "0\(segment).log", times: 3, with: .error(number)) }
        #expect(try await late.next(atMost: 1).map(\.event.number) == [0])
        #expect(await bus.health().isConnected)
        await bus.close()
        #expect(await bus.failure() == nil)
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
