import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A disk that is full, consumers that have used what was kept for them, and the upkeep that brings room back.
@Suite(.timeLimit(.minutes(10))) struct FullDiskUpkeepTests {
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private func open(
        segmentBytes: Int, _ system: SimulatedFileSystem? = nil
    ) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions()
        options.segmentBytes = segmentBytes
        options.retentionBytes = 1
        return try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: system ?? self.system)
    }

    private func join(_ bus: EmbeddedEventBus) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: "group", pattern: .all, visibilityTimeout: .seconds(86_400)))
    }

    private func segments() throws -> [String] {
        try system.files(in: Self.folder).filter { $0.hasSuffix(".log") }
    }

    /// Publishes several segments, of which two checkpoints cover all but the last.
    private func fillSegments(_ bus: EmbeddedEventBus, padding: Int) async throws -> Int {
        var count = 0
        while try segments().count < 5 {
            try await bus.publish((count..<count + 10).map { .numbered($0, padding: padding) })
            count += 10
        }
        try await bus.checkpoint()
        try await bus.checkpoint()
        return count
    }

    /// Publishes until the disk is full.
    private func fillDisk(_ bus: EmbeddedEventBus, from first: Int, padding: Int) async throws -> Int {
        system.capacity = system.usedBytes
        var count = first
        while true {
            do {
                try await bus.publish([.numbered(count, padding: padding)])
                count += 1
            } catch let error as TidingsError where error.code == .unavailable {
                return count
            }
        }
    }

    /// - Returns: how many events there are, and a group that needs nothing of the older files.
    private func fill(_ bus: EmbeddedEventBus) async throws -> (count: Int, busy: any EventConsumer) {
        let count = try await fillSegments(bus, padding: 800)
        let busy = try await bus.subscribe(Subscription(group: "busy", pattern: .all))
        return (try await fillDisk(bus, from: count, padding: 800), busy)
    }

    /// Takes and releases until the log has no room for a take.
    private func useReserve(_ busy: any EventConsumer) async throws {
        for _ in 0..<10_000 {
            do {
                _ = try await busy.settle(try await busy.next(atMost: 1).map { .release($0.receipt) })
            } catch let error as TidingsError where error.code == .unavailable {
                return
            }
        }
        Issue.record("there is always room for takes")
    }

    @Test func `room comes back though consumers have used all that was kept for them`() async throws {
        let bus = try await open(segmentBytes: 64 << 10)
        let group = try await join(bus)
        let (count, busy) = try await fill(bus)
        let out = try await group.take(count / 2)
        try await useReserve(busy)
        for delivery in out { try await group.acknowledge([delivery]) }
        #expect(try system.files(in: Self.folder).count { $0.hasSuffix(".log") } >= 5)
        // Nobody publishes, and nobody asks how the bus is.
        while try segments().count >= 5 {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        while await !bus.health().isConnected { await Task.yield() }
        #expect(try await bus.publish([.numbered(count)]).map(\.sequence) == [UInt64(count) + 1])
        let ledger = try await bus.ledger(of: "group")
        // What was settled meanwhile is as durable as what was published after it.
        let again = try await open(segmentBytes: 64 << 10, system.afterPowerCut(.nothing))
        let kept = try await again.ledger(of: "group")
        #expect(kept.isBalanced && kept.acknowledged == ledger.acknowledged && kept.acknowledged >= out.count)
        await again.close()
        await bus.close()
    }

    @Test func `a bus that is full looks for room when somebody asks how it is`() async throws {
        let bus = try await open(segmentBytes: 64 << 10)
        let group = try await join(bus)
        let (count, _) = try await fill(bus)
        try await group.acknowledge(try await group.take(count))
        while await !bus.health().isConnected {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        await bus.close()
    }

    @Test func `a group can be removed though consumers have used what was kept for them, and room comes back`()
        async throws
    {
        let bus = try await open(segmentBytes: 64 << 10)
        _ = try await join(bus)
        let (count, busy) = try await fill(bus)
        try await useReserve(busy)
        try await bus.removeGroup("group")
        while await !bus.health().isConnected {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        #expect(try await bus.publish([.numbered(count)]).map(\.sequence) == [UInt64(count) + 1])
        await bus.close()
    }

    @Test func `what is settled and not recorded keeps its segment`() async throws {
        let bus = try await open(segmentBytes: 32 << 10)
        let group = try await join(bus)
        let count = try await fillSegments(bus, padding: 0)
        let out = try await group.take(count / 2)
        let busy = try await bus.subscribe(Subscription(group: "busy", pattern: .all))
        _ = try await fillDisk(bus, from: count, padding: 0)
        try await useReserve(busy)
        // Upkeep has nothing left either.
        for _ in 0..<100 { try? await bus.checkpoint() }
        try await group.acknowledge(out)
        // Once, and the power goes before what was settled finds room in what that may give back.
        try await bus.reclaim()
        let survivor = system.afterPowerCut(.nothing)
        survivor.capacity = .max
        let again = try await open(segmentBytes: 32 << 10, survivor)
        let ledger = try await again.ledger(of: "group")
        #expect(ledger.isBalanced)
        let rest = try await join(again).take(ledger.pending)
        #expect(Set(out.map(\.event.number)).isSubset(of: rest.map(\.event.number)))
        await again.close()
        await bus.close()
    }

    @Test func `what was settled without room is recorded when the bus is closed`() async throws {
        let bus = try await open(segmentBytes: 64 << 10)
        let group = try await join(bus)
        let (count, busy) = try await fill(bus)
        let out = try await group.take(count / 2)
        try await useReserve(busy)
        for delivery in out { try await group.acknowledge([delivery]) }
        let acknowledged = try await bus.ledger(of: "group").acknowledged
        await bus.close()
        system.capacity = .max
        let again = try await open(segmentBytes: 64 << 10)
        #expect(try await again.ledger(of: "group").acknowledged == acknowledged)
        await again.close()
    }

    @Test func `a take that was refused is none, and is as before when there is room`() async throws {
        let bus = try await open(segmentBytes: 64 << 10)
        _ = try await join(bus)
        let (count, busy) = try await fill(bus)
        try await useReserve(busy)
        let depth = try await busy.depth()
        #expect(depth.inFlight == 0 && depth.pending > 0)
        system.capacity = .max
        var rest: [Delivery] = []
        while rest.count < depth.pending {
            do {
                rest += try await busy.next(atMost: 1000)
            } catch let error as TidingsError where error.code == .unavailable {
                await Task.yield()
            }
        }
        #expect(rest.map(\.event.number) == Array(count - depth.pending..<count))
        #expect(rest.allSatisfy { $0.attempt == 1 })
        await bus.close()
    }

    @Test func `a group that keeps the oldest file goes on though nothing can be recorded, and makes room`()
        async throws
    {
        let bus = try await open(segmentBytes: 64 << 10)
        let group = try await join(bus)
        let (count, busy) = try await fill(bus)
        try await useReserve(busy)
        var taken: [Delivery] = []
        while taken.count < count / 2 {
            let deliveries = try await group.next(atMost: 7)
            taken += deliveries
            // The first one comes again, and that it came was no attempt.
            let settlements = deliveries.enumerated().map { index, delivery -> Settlement in
                taken.count == 7 && index == 0 ? .release(delivery.receipt) : .acknowledge(delivery.receipt)
            }
            #expect(try await group.settle(settlements).isEmpty)
        }
        while try segments().count >= 5 {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        #expect(taken.count { $0.event.number == 0 && $0.attempt == 1 } == 2)
        while await !bus.health().isConnected { await Task.yield() }
        try await bus.publish([.numbered(count)])
        let ledger = try await bus.ledger(of: "group")
        #expect(ledger.isBalanced && ledger.acknowledged == taken.count - 1)
        let again = try await open(segmentBytes: 64 << 10, system.afterPowerCut(.nothing))
        let kept = try await again.ledger(of: "group")
        #expect(kept.isBalanced && kept.acknowledged == ledger.acknowledged)
        await again.close()
        await bus.close()
    }

    @Test func `history that found no room for what it matched goes on when there is some`() async throws {
        let bus = try await open(segmentBytes: 64 << 10)
        // Each second event, so that the record of what was matched is larger than what is kept for consumers.
        var count = 0
        while try segments().count < 6 {
            try await bus.publish(
                (count..<count + 100).map { number in
                    var event = Envelope.numbered(number)
                    event.type = number % 2 == 0 ? "even.v1" : "odd.v1"
                    return event
                })
            count += 100
        }
        system.capacity = system.usedBytes
        await #expect(throws: TidingsError.self) {
            while true {
                try await bus.publish([.numbered(count, padding: 400)])
                count += 1
            }
        }
        let late = try await bus.subscribe(
            Subscription(group: "late", pattern: EventPattern(types: "even.v1"), start: .earliest))
        // What was matched is refused.
        while try bus.isMatchingHistory(of: "late") { await Task.yield() }
        #expect(try await bus.ledger(of: "late").published == 0)
        system.capacity = .max
        while await !bus.health().isConnected { await Task.yield() }
        #expect(try await late.next(atMost: 1).map(\.event.number) == [0])
        await bus.close()
    }

    @Test func `room comes back though events were taken that wait for it`() async throws {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.retentionBytes = 1
        let gate = Gate()
        let watched = WatchedFileSystem(system) { _ in gate.pass() }
        let bus = try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: watched)
        let group = try await join(bus)
        let count = try await fillSegments(bus, padding: 400)
        try await group.acknowledge(try await group.take(count))
        for _ in 0..<2 { try await bus.checkpoint() }
        // The next file is there, and room for no other.
        while try !isNextSegmentEmpty() { await Task.yield() }
        system.capacity = system.usedBytes
        gate.hold()
        let steps = StepExecutor()
        let publishers = (count..<count + 24).map { number in
            Task(executorPreference: steps) { try await bus.publish([.numbered(number, padding: 400)]) }
        }
        steps.run()
        await gate.arrival()
        gate.release()
        steps.letGo()
        var refused = 0
        for publisher in publishers {
            do { _ = try await publisher.value } catch { refused += 1 }
        }
        #expect(refused > 0)
        let before = try segments().first
        while try segments().first == before {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        while try await group.depth().pending < 24 { await Task.yield() }
        system.capacity = .max
        while await !bus.health().isConnected { await Task.yield() }
        #expect(try await group.take(24).map(\.event.number) == Array(count..<count + 24))
        await bus.close()
    }

    private func isNextSegmentEmpty() throws -> Bool {
        guard let last = try segments().last else { return false }
        return try system.contents(of: "\(Self.folder)/\(last)").dropFirst(4096).allSatisfy { $0 == 0 }
    }
}
