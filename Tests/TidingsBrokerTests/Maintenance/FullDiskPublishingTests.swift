import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Publishers whose events were taken when it turned out that the disk has no room for them.
@Suite(.timeLimit(.minutes(10))) struct FullDiskPublishingTests {
    private static let folder = "/data/bus"
    private let system = SimulatedFileSystem()
    private let gate = Gate()

    private func open() async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        let watched = WatchedFileSystem(system) { [gate] _ in gate.pass() }
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1), fileSystem: watched)
    }

    private func join(_ bus: EmbeddedEventBus) async throws -> [any EventConsumer] {
        var consumers: [any EventConsumer] = []
        for name in ["one", "other"] {
            consumers.append(try await bus.subscribe(Subscription(group: name, pattern: .all)))
        }
        return consumers
    }

    private static func event(_ number: Int) -> Envelope { .numbered(number, padding: 400) }

    /// From here on there is the segment after the one that is being written, and room for no other.
    private func fillDisk() async throws {
        while try system.files(in: Self.folder).count(where: { $0.hasSuffix(".log") }) < 2 { await Task.yield() }
        system.capacity = system.usedBytes
    }

    /// Publishes until there is room, which the log looks for once a second.
    private func publishAgain(_ bus: EmbeddedEventBus, _ numbers: Range<Int>) async throws -> [PublishedEvent] {
        while true {
            do {
                return try await bus.publish(numbers.map(Self.event))
            } catch let error as TidingsError where error.code == .unavailable {
                await Task.yield()
            }
        }
    }

    /// Lets each group take all there is, and checks that this is each event once.
    private func consume(_ consumers: [any EventConsumer], _ count: Int) async throws {
        for consumer in consumers {
            let deliveries = try await consumer.take(count)
            #expect(deliveries.map(\.event.number) == Array(0..<count))
            #expect(deliveries.allSatisfy { $0.attempt == 1 })
            try await consumer.acknowledge(deliveries)
            #expect(try await consumer.depth().pending == 0)
        }
    }

    /// Lets publishers, one for each event, be caught: more was staged than the segments that are there can hold.
    ///
    /// - Returns: How many of them were told that their events are durable; all others were told that they may not be.
    private func publishBeyondRoom(_ bus: EmbeddedEventBus, _ count: Int) async throws -> Int {
        try await fillDisk()
        gate.hold()
        let steps = StepExecutor()
        let publishers = (0..<count).map { number in
            Task(executorPreference: steps) { try await bus.publish([Self.event(number)]) }
        }
        steps.run()
        // The writer has the first of them, and the others are staged behind it.
        await gate.arrival()
        gate.release()
        steps.letGo()
        var told = 0
        for (number, publisher) in publishers.enumerated() {
            do {
                #expect(try await publisher.value.map(\.sequence) == [UInt64(number) + 1])
                #expect(told == number)
                told += 1
            } catch let error as TidingsError {
                #expect(error.code == .unavailable)
            }
        }
        return told
    }

    @Test func `publishers who are caught by a full disk are told, and their events become durable once`() async throws
    {
        let bus = try await open()
        let consumers = try await join(bus)
        let told = try await publishBeyondRoom(bus, 40)
        #expect(0 < told && told < 40)
        #expect(await bus.health().isConnected == false)
        // Neither who tries again nor who comes now waits for room.
        for number in [told, 39, 40] {
            let error = await #expect(throws: TidingsError.self) { try await bus.publish([Self.event(number)]) }
            #expect(error?.code == .unavailable)
        }
        system.capacity = .max
        let published = try await publishAgain(bus, told..<42)
        #expect(published.map(\.sequence) == (told..<42).map { UInt64($0) + 1 })
        // The last two may have been taken when the log had room already and nobody knew.
        #expect(published.prefix(40 - told).allSatisfy { $0.isDuplicate })
        #expect(await bus.health().isConnected)
        try await consume(consumers, 42)
        for name in ["one", "other"] { #expect(try await bus.ledger(of: name).isBalanced) }
        await bus.close()
    }

    @Test func `whoever takes or joins behind them is told as well`() async throws {
        let bus = try await open()
        let consumers = try await join(bus)
        try await bus.publish([Self.event(1000)])
        try await fillDisk()
        gate.hold()
        let steps = StepExecutor()
        let publishers = (0..<40).map { number in
            Task(executorPreference: steps) { try await bus.publish([Self.event(number)]) }
        }
        steps.run()
        await gate.arrival()
        let taking = Task(executorPreference: steps) { try await consumers[0].next(atMost: 1) }
        let joining = Task(executorPreference: steps) {
            _ = try await bus.subscribe(Subscription(group: "new", pattern: .all))
        }
        steps.run()
        gate.release()
        steps.letGo()
        for publisher in publishers { _ = try? await publisher.value }
        let refused = await #expect(throws: TidingsError.self) { try await taking.value }
        #expect(refused?.code == .unavailable)
        let unjoined = await #expect(throws: TidingsError.self) { try await joining.value }
        #expect(unjoined?.code == .unavailable)
        system.capacity = .max
        await bus.close()
    }

    @Test func `a removal that waits for room is not done, however often it is asked for`() async throws {
        let bus = try await open()
        _ = try await join(bus)
        try await bus.declareQueue("queue")
        try await bus.declareRule(EventRule("rule", .all, to: ["queue"]))
        try await fillDisk()
        gate.hold()
        let steps = StepExecutor()
        let publishers = (0..<40).map { number in
            Task(executorPreference: steps) { try await bus.publish([Self.event(number)]) }
        }
        steps.run()
        await gate.arrival()
        let removing = Task(executorPreference: steps) { try await bus.removeGroup("other") }
        let forgetting = Task(executorPreference: steps) { try await bus.removeRule("rule") }
        steps.run()
        gate.release()
        steps.letGo()
        for publisher in publishers { _ = try? await publisher.value }
        for removal in [removing, forgetting] {
            let refused = await #expect(throws: TidingsError.self) { try await removal.value }
            #expect(refused?.code == .unavailable)
        }
        let again = await #expect(throws: TidingsError.self) { try await bus.removeGroup("other") }
        #expect(again?.code == .unavailable)
        let onceMore = await #expect(throws: TidingsError.self) { try await bus.removeRule("rule") }
        #expect(onceMore?.code == .unavailable)
        system.capacity = .max
        _ = try await publishAgain(bus, 40..<41)
        try await bus.removeGroup("other")
        try await bus.removeRule("rule")
        await bus.close()
    }

    @Test func `a batch that is larger than a segment is taken once, however often it is published`() async throws {
        let bus = try await open()
        let consumers = try await join(bus)
        try await fillDisk()
        for _ in 0..<3 {
            let error = await #expect(throws: TidingsError.self) { try await bus.publish((0..<30).map(Self.event)) }
            #expect(error?.code == .unavailable)
        }
        system.capacity = .max
        let published = try await publishAgain(bus, 0..<30)
        #expect(published.map(\.sequence) == Array(1...30))
        #expect(published.allSatisfy { $0.isDuplicate })
        try await consume(consumers, 30)
        await bus.close()
    }

    @Test func `events that wait for room when the bus is closed can be published to the next one`() async throws {
        let bus = try await open()
        _ = try await join(bus)
        let told = try await publishBeyondRoom(bus, 40)
        await bus.close()
        #expect(await bus.failure()?.code == .unavailable)
        system.capacity = .max
        let next = try await open()
        let consumers = try await join(next)
        let published = try await next.publish((0..<40).map(Self.event))
        #expect(published.map(\.sequence) == Array(1...40))
        #expect(published.map(\.isDuplicate) == (0..<40).map { $0 < told })
        try await consume(consumers, 40)
        await next.close()
    }
}
