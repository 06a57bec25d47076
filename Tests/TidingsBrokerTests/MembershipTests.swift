import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Who counts as a member of a group, and what options a bus takes.
@Suite(.timeLimit(.minutes(1))) struct MembershipTests {
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()
    private let subscription = Subscription(group: "group", pattern: .all)

    private func open(_ change: (inout EmbeddedOptions) -> Void = { _ in }) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        change(&options)
        return try await EmbeddedEventBus.open(
            "/data/bus", options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private func isUnread(_ bus: EmbeddedEventBus) async -> Bool {
        clock.advance(by: .seconds(3601))
        return await bus.health().alarms.contains { $0.hasPrefix("nobody consumes group group") }
    }

    @Test func `a consumer that goes without leaving is no member any more, and what it had comes back in time`()
        async throws
    {
        let bus = try await open()
        var consumer: (any EventConsumer)? = try await bus.subscribe(subscription)
        try await bus.publish([.numbered(1)])
        #expect(try await consumer?.next(atMost: 1).count == 1)
        #expect(await !isUnread(bus))
        consumer = nil
        #expect(await isUnread(bus))
        let next = try await bus.subscribe(subscription)
        #expect(try await next.take(1).map(\.attempt) == [2])
        await bus.close()
    }

    @Test func `a receipt outlives the consumer that got it`() async throws {
        let bus = try await open()
        let other = try await bus.subscribe(subscription)
        try await bus.publish([.numbered(1)])
        let receipts = try await bus.subscribe(subscription).next(atMost: 1).map(\.receipt)
        #expect(try await other.settle(receipts.map { .acknowledge($0) }) == [])
        await bus.close()
    }

    @Test func `a subscription that fails leaves no member behind`() async throws {
        let held = HeldFileSystem()
        let folder = try TemporaryFolder()
        let bus = try await EmbeddedEventBus.open(
            folder.path, options: .medium, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: held)
        held.fail(with: 5)
        await #expect(throws: TidingsError.self) { try await bus.subscribe(subscription) }
        #expect(bus.memberCount(of: "group") == 0)
        await bus.close()
    }

    @Test func `each option of a bus has its bounds, and is named when it is outside`() async throws {
        let wrong: [(String, (inout EmbeddedOptions) -> Void)] = [
            ("segmentBytes", { $0.segmentBytes = 8191 }), ("segmentBytes", { $0.segmentBytes = .max }),
            ("cacheBytes", { $0.cacheBytes = -1 }), ("cacheBytes", { $0.cacheBytes = .max }),
            ("checkpointBytes", { $0.checkpointBytes = 0 }), ("checkpointBytes", { $0.checkpointBytes = .max }),
            ("retention", { $0.retention = .seconds(-1) }), ("retention", { $0.retention = .seconds(Int64.max) }),
            ("retentionBytes", { $0.retentionBytes = -1 }), ("backlogAlarm", { $0.backlogAlarm = -1 }),
            ("unreadAlarm", { $0.unreadAlarm = .seconds(-1) }),
            ("unreadAlarm", { $0.unreadAlarm = .seconds(Int64.max) }),
            ("windowEvents", { $0.windowEvents = 0 }), ("windowEvents", { $0.windowEvents = .max }),
        ]
        for (name, change) in wrong {
            let error = await #expect(throws: TidingsError.self) { try await open(change) }
            #expect(error?.code == .invalid && error?.message.hasPrefix("\(name) of the embedded bus is ") == true)
        }
    }

    @Test func `a take that finds no room on the disk spends no attempt`() async throws {
        let bus = try await open()
        let one = try await bus.subscribe(subscription)
        try await bus.publish([.numbered(1)])
        // Takes and settlements until nothing can be written any more, not even from what is kept for consumers.
        while try system.files(in: "/data/bus").count(where: { $0.hasSuffix(".log") }) < 2 { await Task.yield() }
        system.capacity = system.usedBytes
        var failures = 0
        var takes = 0
        while failures < 3 {
            do {
                let deliveries = try await one.next(atMost: 1)
                #expect(deliveries.map(\.attempt) == [1])
                try await one.settle(deliveries.map { .release($0.receipt) })
                takes += 1
            } catch let error as TidingsError {
                #expect(error.code == .unavailable)
                #expect(try await one.depth() == QueueDepth(pending: 1, inFlight: 0, oldest: one.depth().oldest))
                failures += 1
            }
        }
        #expect(takes > 0)
        system.capacity = .max
        var deliveries: [Delivery] = []
        while deliveries.isEmpty {
            do { deliveries = try await one.next(atMost: 1) } catch let error as TidingsError
                where error.code == .unavailable
            {
                await Task.yield()
            }
        }
        #expect(deliveries.map(\.attempt) == [1])
        await bus.close()
    }
}
