import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// The files in which the state is kept, and what a folder is worth with some of them damaged.
@Suite(.timeLimit(.minutes(10))) struct CheckpointTests {
    private static let folder = "/data/bus"
    private let clock = ManualClock()

    private var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        return options
    }

    private func open(_ system: SimulatedFileSystem) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    /// The paths of the checkpoints, oldest first.
    private func checkpoints(_ system: SimulatedFileSystem) throws -> [String] {
        try system.files(in: Self.folder).filter { $0.hasSuffix(".checkpoint") }.map { "\(Self.folder)/\($0)" }
    }

    /// A folder with two checkpoints: events before, between and behind them, a group that has had some of them.
    ///
    /// - Parameter options: what else the bus is told.
    private func work(
        on system: SimulatedFileSystem, isReclaimed: Bool = false
    ) async throws {
        var options = options
        if isReclaimed { options.retentionBytes = 1 }
        let bus = try await EmbeddedEventBus.open(
            Self.folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        _ = try await bus.subscribe(
            Subscription(group: "content", pattern: EventPattern(json: #"{"data":[{"numeric":[">",100000]}]}"#)))
        var next = 0
        for _ in 0..<3 {
            try await bus.publish((next..<next + 30).map { .numbered($0, key: "key \($0 % 3)", padding: 200) })
            next += 30
            let deliveries = try await group.take(isReclaimed ? 30 : 20)
            try await group.acknowledge(deliveries.prefix(isReclaimed ? 30 : 15))
            try await group.settle(deliveries.dropFirst(15).map { .release($0.receipt) })
            if isReclaimed { await bus.runMaintenance() } else if next < 90 { try await bus.checkpoint() }
        }
        await bus.close()
        // Closing may leave one as well.
        #expect(try checkpoints(system).count == 2)
    }

    /// What a bus on the folder holds for its group.
    private func content(_ system: SimulatedFileSystem) async throws -> [Int] {
        let bus = try await open(system)
        let ledger = try await bus.ledger(of: "group")
        #expect(ledger.isBalanced)
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        var numbers: [Int] = []
        while numbers.count < ledger.pending {
            let deliveries = try await group.next(atMost: 100)
            numbers += deliveries.map(\.event.number)
            try await group.acknowledge(deliveries)
        }
        await bus.close()
        return numbers.sorted()
    }

    /// The machine as it is now, for one of many attempts.
    private func copy(_ system: SimulatedFileSystem) -> SimulatedFileSystem { system.afterPowerCut(.everything) }

    @Test func `every byte of a checkpoint that is changed, and every cut, is refused`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system)
        let path = try #require(try checkpoints(system).last)
        let bytes = try system.contents(of: path)
        let whole = try Checkpoint(bytes, file: path)
        #expect(whole.encoded().count == bytes.count)
        for offset in bytes.indices {
            for mask in [0x01, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[offset] ^= mask
                #expect(throws: TidingsError.self, "byte \(offset)") { try Checkpoint(changed, file: path) }
            }
            #expect(throws: TidingsError.self, "cut at \(offset)") {
                try Checkpoint(Array(bytes[..<offset]), file: path)
            }
        }
        #expect(throws: TidingsError.self) { try Checkpoint(bytes + [0], file: path) }
        print("checkpoint of \(bytes.count) bytes: each changed in three ways, each length cut")
    }

    @Test func `a damaged checkpoint gives way to the one before it, and nothing is lost`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system)
        let expected = try await content(copy(system))
        #expect(expected.count == 45)
        let path = try #require(try checkpoints(system).last)
        for offset in stride(from: 0, to: try system.contents(of: path).count, by: 13) {
            let damaged = copy(system)
            try damaged.flip(byteAt: offset, of: path)
            #expect(try await content(damaged) == expected, "byte \(offset)")
        }
        let missing = copy(system)
        try missing.remove(path)
        #expect(try await content(missing) == expected)
        let empty = copy(system)
        try empty.truncate(path, to: 0)
        #expect(try await content(empty) == expected)
    }

    @Test func `without any checkpoint the whole log is read, if it is whole`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system)
        let expected = try await content(copy(system))
        let damaged = copy(system)
        for path in try checkpoints(damaged) { try damaged.flip(byteAt: 40, of: path) }
        #expect(try await content(damaged) == expected)
    }

    @Test func `without any checkpoint a log that has lost segments is refused`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system, isReclaimed: true)
        #expect(try !system.files(in: Self.folder).contains { $0.contains("00001.") && $0.hasSuffix(".log") })
        #expect(try await content(copy(system)) == [])
        for path in try checkpoints(system) { try system.flip(byteAt: 40, of: path) }
        let before = try system.files(in: Self.folder)
        let error = await #expect(throws: TidingsError.self) { try await open(system) }
        #expect(error?.code == .corrupt)
        #expect(try system.files(in: Self.folder) == before)
    }

    @Test func `a checkpoint that is ahead of its log is refused`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system)
        let path = try #require(try checkpoints(system).last)
        let position = try Checkpoint(system.contents(of: path), file: path).position
        // The log as it was before the checkpoint: its last segments gone, and what is before the place as well.
        let segments = try system.files(in: Self.folder).filter { $0.hasSuffix(".log") }
        #expect(segments.count > Int(position.segment))
        for name in segments.dropFirst(Int(position.segment) - 1) { try system.remove("\(Self.folder)/\(name)") }
        let error = await #expect(throws: TidingsError.self) { try await open(system) }
        #expect(error?.code == .corrupt)
    }

    @Test func `a damaged checkpoint never stands in for a good one when the next is written`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system)
        let newest = try #require(try checkpoints(system).last)
        try system.flip(byteAt: 40, of: newest)
        let bus = try await open(system)
        try await bus.checkpoint()
        await bus.close()
        let expected = try await content(copy(system))
        // Of the generations that are there now, two are good: either may be lost.
        let good = try checkpoints(system).filter { path in
            (try? Checkpoint(system.contents(of: path), file: path)) != nil
        }
        #expect(good.count == 2)
        let damaged = copy(system)
        try damaged.flip(byteAt: 40, of: try #require(good.last))
        #expect(try await content(damaged) == expected)
    }

    /// A state whose group has a past that is not matched yet.
    private func encodedState(
        pause: Int = 1, since: Timestamp = Timestamp(seconds: 1003), isTaken: Bool = false, isReleased: Bool = true
    ) throws -> [UInt8] {
        var bench = StateBench()
        try bench.publish([(1, nil)])
        bench.pass(10)
        try bench.publish([(2, nil)])
        try bench.join("member", "group", from: .time(since))
        try bench.join("other", "without a past")
        bench.pass(pause)
        try bench.publish([(3, nil)])
        _ = bench.sync()
        if isTaken {
            let taken = try bench.take("other").events.map(\.receipt.sequence)
            #expect(taken == [3])
            if isReleased { try bench.settle("other", taken) { .release($0) } }
        }
        return bench.state.checkpoint(at: RecordPosition(segment: 9, offset: 4096)).encoded()
    }

    @Test func `states that differ have different checkpoints, and a checkpoint that is read is what was written`()
        throws
    {
        let states = [
            try encodedState(),
            try encodedState(pause: 2),
            try encodedState(since: Timestamp(seconds: 1004)),
            // Of a take that was given back only the count is left, by which receipts are told apart.
            try encodedState(isTaken: true),
            try encodedState(isTaken: true, isReleased: false),
        ]
        #expect(Set(states).count == states.count)
        for state in states { #expect(try Checkpoint(state, file: "checkpoint").encoded() == state) }
    }

    @Test func `a receipt from before a checkpoint and a restart settles nothing`() async throws {
        let system = SimulatedFileSystem()
        var receipts: [Receipt] = []
        for _ in 0..<3 {
            let bus = try await open(system)
            let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
            if receipts.isEmpty { try await bus.publish([.numbered(1)]) }
            receipts.append(try #require(try await group.take(1).first).receipt)
            try await group.settle(receipts.dropLast().map { .acknowledge($0) })
            let ledger = try await bus.ledger(of: "group")
            #expect(ledger.acknowledged == 0 && ledger.inFlight == 1)
            try await bus.checkpoint()
            await bus.close()
        }
    }

    @Test func `no event is recorded earlier than those before a checkpoint and a restart`() async throws {
        let system = SimulatedFileSystem()
        for number in 0..<3 {
            let bus = try await open(system)
            try await bus.publish([.numbered(number)])
            try await bus.checkpoint()
            await bus.close()
            clock.jump(by: .milliseconds(-300))
        }
        let bus = try await open(system)
        try await bus.publish([.numbered(3)])
        let times = try await bus.events(after: 0, atMost: 10).map(\.time)
        #expect(times.count == 4 && times == times.sorted(), "\(times)")
        await bus.close()
    }

    @Test func `a checkpoint that was written is there after a power cut`() async throws {
        let system = SimulatedFileSystem()
        let bus = try await open(system)
        for number in 0..<4 {
            try await bus.publish([.numbered(number)])
            try await bus.checkpoint()
            let newest = try checkpoints(system).last
            #expect(try checkpoints(system.afterPowerCut(.nothing)).last == newest)
        }
        await bus.close()
    }

    @Test func `a checkpoint of a later version is not passed over`() async throws {
        let system = SimulatedFileSystem()
        try await work(on: system)
        let path = try #require(try checkpoints(system).last)
        var bytes = try system.contents(of: path)
        bytes[8] += 1
        let end = bytes.count - 8
        let sum = XXH64.hash(bytes.span.bytes.extracting(0..<end), seed: 0x5450_4B43_4544_4954)
        for index in 0..<8 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index)) }
        let file = try system.open(path, .create)
        try file.write(bytes.span.bytes, at: 0)
        let error = await #expect(throws: TidingsError.self) { try await open(system) }
        #expect(error?.code == .unsupported)
    }
}
