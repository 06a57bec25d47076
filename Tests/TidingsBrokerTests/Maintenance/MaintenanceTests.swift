import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Room that is given back, copies that are made, and what is told of a bus that needs someone.
@Suite(.timeLimit(.minutes(10))) struct MaintenanceTests {
    private static let folder = "/data/bus"
    private let clock = ManualClock()
    private let system = SimulatedFileSystem()

    private static var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.retentionBytes = 1
        return options
    }

    private func open(
        _ options: EmbeddedOptions = options, folder: String = folder, _ system: SimulatedFileSystem? = nil
    ) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: system ?? self.system)
    }

    private func join(_ bus: EmbeddedEventBus, _ group: String = "group") async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: group, pattern: .all))
    }

    private func publish(_ bus: EmbeddedEventBus, _ numbers: Range<Int>) async throws {
        for number in numbers { try await bus.publish([.numbered(number, padding: 400)]) }
    }

    private func segments() throws -> [String] {
        try system.files(in: Self.folder).filter { $0.hasSuffix(".log") }
    }

    @Test func `what nobody needs goes by size, once two checkpoints cover it`() async throws {
        let bus = try await open()
        try await publish(bus, 0..<100)
        let all = try segments()
        #expect(all.count > 6)
        await bus.runMaintenance()
        #expect(try segments().first == all.first)
        await bus.runMaintenance()
        #expect(try segments().count < 4)
        #expect(try await bus.events(after: 0, atMost: 10).first?.sequence ?? 0 > 80)
        await bus.close()
    }

    @Test func `what nobody needs goes by age`() async throws {
        var options = Self.options
        options.retentionBytes = 1 << 30
        options.retention = .seconds(3600)
        let bus = try await open(options)
        try await publish(bus, 0..<100)
        for _ in 0..<3 { await bus.runMaintenance() }
        #expect(try segments().count > 6)
        clock.advance(by: .seconds(1800))
        try await publish(bus, 100..<150)
        clock.advance(by: .seconds(1801))
        for _ in 0..<3 { await bus.runMaintenance() }
        let oldest = try await bus.events(after: 0, atMost: 1).first?.event.number ?? 0
        #expect(oldest > 80 && oldest <= 100)
        await bus.close()
    }

    @Test(arguments: [false, true])
    func `what nobody needs goes by age by itself, and after a restart`(isOpenedAgain: Bool) async throws {
        var options = Self.options
        options.retentionBytes = 1 << 30
        options.retention = .seconds(3600)
        var bus = try await open(options)
        try await publish(bus, 0..<100)
        clock.advance(by: .seconds(3601))
        // Each looks by itself, and not before the second do two checkpoints cover what is too old.
        var number = 100
        while try await bus.events(after: 0, atMost: 1).first?.event.number ?? 0 < 80 {
            try Task.checkCancellation()
            if isOpenedAgain {
                await bus.close()
                bus = try await open(options)
            } else {
                clock.advance(by: .seconds(3601))
                try await publish(bus, number..<number + 1)
                number += 1
            }
            await Task.yield()
        }
        await bus.close()
    }

    @Test func `a slow group pins what it needs, and compaction gives the rest back`() async throws {
        var options = Self.options
        options.segmentBytes = 32 << 10
        let bus = try await open(options)
        let slow = try await join(bus, "slow")
        try await publish(bus, 0..<400)
        let deliveries = try await slow.take(400)
        func logBytes() throws -> Int {
            let files = try system.files(in: Self.folder).filter { $0.hasSuffix(".index") }
            return try files.reduce(system.usedBytes) { try $0 - system.contents(of: Self.folder + "/" + $1).count }
        }
        let before = try logBytes()
        // About one event in each second segment.
        try await slow.acknowledge(deliveries.filter { $0.event.number % 100 != 7 })
        for _ in 0..<3 { await bus.runMaintenance() }
        // With the segment that is being written and the next one.
        #expect(try logBytes() < before * 3 / 4)
        await bus.close()
        let again = try await open(options)
        let left = try await join(again, "slow").take(4)
        #expect(left.map(\.event) == [7, 107, 207, 307].map { .numbered($0, padding: 400) })
        #expect(left.map(\.attempt) == [2, 2, 2, 2])
        #expect(try await again.ledger(of: "slow").isBalanced)
        await again.close()
    }

    @Test func `duplicates are known across a restart, with their sequences, behind what was compacted`() async throws {
        var options = Self.options
        options.retentionBytes = 24 << 10
        var bus = try await open(options)
        let slow = try await join(bus, "slow")
        try await publish(bus, 0..<100)
        let deliveries = try await slow.take(100)
        try await slow.acknowledge(deliveries.filter { $0.event.number % 30 != 7 })
        for _ in 0..<3 { await bus.runMaintenance() }
        await bus.close()
        bus = try await open(options)
        for number in [99, 97, 95] {
            let published = try await bus.publish([.numbered(number, padding: 400)])
            #expect(
                published == [
                    PublishedEvent(id: EventID("event-\(number)"), sequence: UInt64(number) + 1, isDuplicate: true)
                ])
        }
        #expect(try await bus.publish([.numbered(100)]).map(\.sequence) == [101])
        #expect(try await bus.publish([.numbered(100)]).map(\.isDuplicate) == [true])
        #expect(try await bus.publish([.numbered(100)]).map(\.sequence) == [101])
        await bus.close()
    }

    @Test func `an event that is gone by an acknowledgement stays acknowledged after a power cut`() async throws {
        let bus = try await open()
        let group = try await join(bus)
        try await publish(bus, 0..<100)
        await bus.runMaintenance()
        let deliveries = try await group.take(100)
        await bus.runMaintenance()
        // Nobody waits for these to be durable.
        try await group.acknowledge(deliveries)
        try await bus.reclaim()
        #expect(try segments().count < 4)
        let again = try await open(Self.options, system.afterPowerCut(.nothing))
        let ledger = try await again.ledger(of: "group")
        #expect(ledger.isBalanced)
        #expect(ledger.pending == 0)
        await again.close()
        await bus.close()
    }

    @Test func `what was settled is durable before a segment goes because of it`() async throws {
        let cut = Mutex<SimulatedFileSystem?>(nil)
        let watched = WatchedFileSystem(
            system,
            onCall: { [system] call in
                guard case .removed(let path) = call, path.hasSuffix(".log") else { return }
                cut.withLock { $0 = $0 ?? system.afterPowerCut(.nothing) }
            },
            onChange: { _ in })
        let bus = try await EmbeddedEventBus.open(
            Self.folder, options: Self.options, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: watched)
        let group = try await join(bus)
        try await publish(bus, 0..<100)
        let deliveries = try await group.take(100)
        for _ in 0..<2 { try await bus.checkpoint() }
        try await group.acknowledge(deliveries)
        try await bus.reclaim()
        let moment = cut.withLock { $0 }
        let survivor = try #require(moment)
        let again = try await open(Self.options, survivor)
        #expect(try await again.ledger(of: "group").pending == 0)
        await again.close()
        await bus.close()
    }

    @Test func `a backup that is made while events flow holds a moment of the bus`() async throws {
        let bus = try await open()
        let group = try await join(bus)
        try await publish(bus, 0..<40)
        try await group.acknowledge(try await group.take(10))
        async let flow: Void = publish(bus, 40..<80)
        try await bus.backUp(to: "/data/copy")
        try await flow
        await bus.close()
        let copy = try await open(Self.options, folder: "/data/copy")
        let ledger = try await copy.ledger(of: "group")
        #expect(ledger.isBalanced && ledger.acknowledged == 10 && ledger.pending >= 30)
        let numbers = try await join(copy).take(ledger.pending).map(\.event.number)
        #expect(numbers == Array(10..<10 + numbers.count))
        #expect(try await copy.publish([.numbered(1000)]).map(\.sequence) == [UInt64(11 + numbers.count)])
        await copy.close()
    }

    @Test func `a backup goes nowhere where something is`() async throws {
        let bus = try await open()
        try await publish(bus, 0..<3)
        let error = await #expect(throws: TidingsError.self) { try await bus.backUp(to: Self.folder) }
        #expect(error?.code == .unavailable)
        await bus.close()
    }

    @Test func `a lost entry and a long backlog raise alarms`() async throws {
        var options = Self.options
        options.backlogAlarm = 5
        let bus = try await open(options)
        let group = try await join(bus)
        try await publish(bus, 0..<5)
        #expect(await bus.health().alarms == [])
        try await publish(bus, 5..<6)
        let alarms = await bus.health().alarms
        #expect(alarms.count == 1 && alarms[0].contains("group") && alarms[0].contains("6"), "\(alarms)")
        try bus.lose(3, of: "group")
        #expect(try await !bus.ledger(of: "group").isBalanced)
        #expect(await bus.health().alarms.contains { $0.contains("do not add up") })
        await group.close()
        await bus.close()
    }

    @Test func `a group that nobody reads raises an alarm, and none where it has nothing or somebody`() async throws {
        let bus = try await open()
        let left = try await join(bus, "left")
        let read = try await join(bus, "read")
        try await publish(bus, 0..<3)
        await left.close()
        clock.advance(by: .seconds(3600))
        #expect(await bus.health().alarms == [])
        clock.advance(by: .seconds(1))
        let alarms = await bus.health().alarms
        #expect(alarms.count == 1 && alarms[0].hasPrefix("nobody consumes group left, for which 3 events wait since "))
        try await read.acknowledge(read.take(3))
        await read.close()
        try await bus.removeGroup("left")
        #expect(await bus.health().alarms == [])
        await bus.close()
    }

    @Test func `on a full disk consumers go on, nothing is lost, and publishing heals in place`() async throws {
        let bus = try await open()
        let group = try await join(bus)
        system.capacity = system.usedBytes + (24 << 10)
        var published = 0
        var failure: TidingsError?
        while failure == nil, published < 1000 {
            do {
                try await publish(bus, published..<published + 1)
                published += 1
                // Who fills a segment while the next is being made finds out too late to keep room for consumers.
                while try await !isNextSegmentDecided(bus) { await Task.yield() }
            } catch let error as TidingsError {
                failure = error
            }
        }
        #expect(failure?.code == .unavailable, "\(String(describing: failure))")
        #expect(await bus.health().isConnected == false)
        let deliveries = try await group.take(published)
        #expect(deliveries.map(\.event.number) == Array(0..<published))
        try await group.acknowledge(deliveries.dropLast(3))
        #expect(try system.files(in: Self.folder).filter { $0.hasSuffix(".tmp") }.count <= 1)
        system.capacity = .max
        // The log looks for room once a second.
        while true {
            do {
                try await publish(bus, published..<published + 1)
                break
            } catch let error as TidingsError where error.code == .unavailable {
                await Task.yield()
            }
        }
        #expect(await bus.health().isConnected)
        await bus.close()
        let again = try await open()
        #expect(try await join(again).take(4).map(\.event.number) == Array(published - 3...published))
        await again.close()
    }

    /// Whether an empty segment is ready, or known to find no room.
    private func isNextSegmentDecided(_ bus: EmbeddedEventBus) async throws -> Bool {
        guard let last = try segments().last else { return false }
        let records = try system.contents(of: "\(Self.folder)/\(last)").dropFirst(4096)
        if records.allSatisfy({ $0 == 0 }) { return true }
        return await !bus.health().isConnected
    }

    @Test func `checkpoints that the disk refuses leave nothing behind`() async throws {
        let bus = try await open()
        try await publish(bus, 0..<3)
        system.fail(.write, of: ".checkpoint.tmp", times: 5, with: .shortWrite(28))
        for _ in 0..<5 { await #expect(throws: TidingsError.self) { try await bus.checkpoint() } }
        #expect(try system.files(in: Self.folder).filter { $0.hasSuffix(".tmp") } == [])
        try await bus.checkpoint()
        await bus.close()
    }
}
