import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A bus and the model beside it: does the same to both, and compares what they say.
struct BrokerModel: ~Copyable {
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What a crash may undo: settlements that nothing has pushed to the disk since.
    private struct Doubt {
        let group: Int
        var acknowledged: [(UInt64, ModelGroup.Entry)] = []
        var released: [UInt64] = []
    }

    private static let folder = "/data/bus"
    static let groupCount = 5

    private var random: SplitMix64
    private let seed: UInt64
    private let clock = ManualClock()
    private var system = SimulatedFileSystem()
    private var bus: EmbeddedEventBus
    private var groups: [ModelGroup?] = Array(repeating: nil, count: groupCount)
    private var consumers: [(any EventConsumer)?] = Array(repeating: nil, count: groupCount)
    /// What was published lately, by sequence less ``firstRecent``.
    private var recent: [ModelEvent] = []
    private var firstRecent: UInt64 = 1
    private var nextNumber = 0
    /// Receipts, in force and not.
    private var receipts: [[Receipt]] = Array(repeating: [], count: groupCount)
    private var doubts: [Doubt] = []
    private(set) var counts: [String: Int] = [:]
    private var lastUpkeep: UInt64 = 1

    private static var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.cacheBytes = 16 << 10
        options.windowEvents = 64
        options.retentionBytes = 96 << 10
        options.retention = .seconds(600)
        return options
    }

    init(seed: UInt64) async throws {
        self.seed = seed
        random = SplitMix64(seed: seed)
        bus = try await Self.open(system, clock)
    }

    private static func open(_ system: SimulatedFileSystem, _ clock: ManualClock) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private var nextSequence: UInt64 { firstRecent + UInt64(recent.count) }

    private mutating func roll(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Does so many things.
    mutating func run(_ operations: Int) async throws {
        for operation in 0..<operations {
            do {
                try await step()
                if operation % 64 == 0 { try await compare() }
            } catch {
                throw Failure(description: "seed \(seed), operation \(operation): \(error)")
            }
        }
        try await drain()
        await bus.close()
    }

    private mutating func count(_ what: String) { counts[what, default: 0] += 1 }

    private mutating func step() async throws {
        let group = roll(0..<Self.groupCount)
        switch roll(0..<1000) {
        case 0..<160: try await publish()
        case 160..<480: try await take(group)
        case 480..<860: try await settle(group)
        case 860..<930:
            count("time")
            clock.advance(by: .milliseconds(roll(0..<50) == 0 ? 31_000 : roll(0..<1500)))
        case 930..<970: try await join(group)
        case 970..<976: try await leave(group)
        case 976..<979: try await remove(group)
        case 979..<989:
            count("checkpoint")
            try await bus.checkpoint()
            doubts = []
        case 989..<996:
            count("upkeep")
            await bus.runUpkeep()
            doubts = []
            lastUpkeep = nextSequence
        case 996..<998: try await reopen()
        default: try await crash()
        }
    }

    // MARK: Publishing

    private mutating func publish() async throws {
        count("publish")
        var batch: [(event: ModelEvent, known: UInt64?)] = []
        for _ in 0..<(roll(0..<4) == 0 ? roll(1..<12) : 1) {
            if !recent.isEmpty, roll(0..<12) == 0, let known = duplicate(batch.map(\.event)) {
                batch.append(known)
                continue
            }
            batch.append(
                (
                    ModelEvent(
                        number: nextNumber, type: roll(0..<3), key: roll(0..<3) == 0 ? 0 : roll(1..<7),
                        total: roll(0..<100), time: clock.now()), nil
                ))
            nextNumber += 1
        }
        let published = try await bus.publish(batch.map(\.event.envelope))
        // Where all were known, nothing was written.
        if batch.contains(where: { $0.known == nil }) { doubts = [] }
        for (item, answer) in zip(batch, published) {
            if let known = item.known {
                count("duplicate")
                guard answer.isDuplicate, answer.sequence == known else {
                    throw Failure(description: "event \(item.event.number) is \(answer), not a duplicate of \(known)")
                }
                continue
            }
            guard !answer.isDuplicate, answer.sequence == nextSequence else {
                throw Failure(description: "\(answer) for a new event that is to be \(nextSequence)")
            }
            show(item.event)
        }
        forget()
    }

    /// An event that was published within the last two minutes.
    private mutating func duplicate(_ batch: [ModelEvent]) -> (ModelEvent, UInt64?)? {
        let back = roll(0..<(roll(0..<4) == 0 ? 80 : 10))
        guard back < recent.count else { return nil }
        let event = recent[recent.count - 1 - back]
        guard clock.now() - event.time < .seconds(120) else { return nil }
        return (event, nextSequence - 1 - UInt64(back))
    }

    /// Of what nobody has in mind, only so much is kept.
    private mutating func forget() {
        guard recent.count > 20_000 else { return }
        let oldest = groups.compactMap { $0?.entries.keys.min() }.min() ?? .max
        let count = min(10_000, Int(min(oldest, nextSequence) - firstRecent))
        recent.removeFirst(count)
        firstRecent += UInt64(count)
    }

    // MARK: Consuming

    private mutating func take(_ group: Int) async throws {
        guard let consumer = consumers[group],
            groups[group]?.hasReady(at: clock.now(), within: Self.options.windowEvents) == true
        else {
            return count("nothing to take")
        }
        count("take")
        groups[group]?.expire(at: clock.now())
        let maximum = roll(0..<3) == 0 ? roll(1..<4) : roll(4..<40)
        let deliveries = try await consumer.next(atMost: maximum)
        doubts = []
        guard (1...maximum).contains(deliveries.count) else {
            throw Failure(description: "\(deliveries.count) deliveries of \(maximum)")
        }
        for delivery in deliveries { try check(delivery) }
        if let problem = groups[group]?.take(deliveries, until: clock.now() + .seconds(30)) {
            throw Failure(description: "group \(group): \(problem)")
        }
        receipts[group] = receipts[group].suffix(40) + deliveries.map(\.receipt)
    }

    private func check(_ delivery: Delivery) throws {
        let sequence = delivery.receipt.sequence
        guard sequence >= firstRecent, sequence < nextSequence else {
            throw Failure(description: "there is no event \(sequence)")
        }
        let event = recent[Int(sequence - firstRecent)].envelope
        guard delivery.event == event else { throw Failure(description: "\(delivery.event) instead of \(event)") }
    }

    private mutating func settle(_ group: Int) async throws {
        guard let consumer = consumers[group], !receipts[group].isEmpty else { return count("nothing to settle") }
        count("settle")
        var settlements: [Settlement] = []
        var stale: [Receipt] = []
        var doubt = Doubt(group: group)
        for _ in 0..<roll(1..<9) {
            let receipt = receipts[group][roll(0..<receipts[group].count)]
            let entry = groups[group]?.entries[receipt.sequence]
            let isInForce: Bool?
            switch roll(0..<12) {
            case 0:
                settlements.append(.release(receipt))
                isInForce = groups[group]?.release(receipt)
                if isInForce == true { doubt.released.append(receipt.sequence) }
            case 1:
                let duration = Duration.seconds(roll(0..<90))
                settlements.append(.extend(receipt, by: duration))
                isInForce = groups[group]?.extend(receipt, until: clock.now() + duration)
            default:
                settlements.append(.acknowledge(receipt))
                isInForce = groups[group]?.acknowledge(receipt)
                if isInForce == true, var entry {
                    entry.out = nil
                    doubt.acknowledged.append((receipt.sequence, entry))
                }
            }
            if isInForce == false { stale.append(receipt) }
        }
        let answer = try await consumer.settle(settlements)
        guard answer == stale else { throw Failure(description: "\(answer) are stale, not \(stale)") }
        doubts.append(doubt)
    }

    // MARK: Groups

    private mutating func join(_ group: Int) async throws {
        let wish = groups[group]?.wish ?? ModelEvent.Wish.allCases[roll(0..<ModelEvent.Wish.allCases.count)]
        let isNew = groups[group] == nil
        guard isNew || consumers[group] == nil else { return count("joined already") }
        let since = clock.now() + .seconds(-roll(0..<60))
        var start = Subscription.Start.latest
        if isNew { start = [.latest, .latest, .earliest, .time(since)][roll(0..<4)] }
        let hasPast = start != .latest
        // The last event of the past, by which its end is seen.
        let mark: ModelEvent? = hasPast ? try await publishMark(for: wish) : nil
        count(hasPast ? "join with a past" : "join")
        consumers[group] = try await bus.subscribe(
            Subscription(group: "group \(group)", pattern: wish.pattern, start: start))
        // Who joins a group that is there writes nothing.
        guard isNew else { return }
        doubts = []
        groups[group] = ModelGroup(wish)
        receipts[group] = []
        if mark != nil { try await consumePast(group, wish, start) }
    }

    private mutating func publishMark(for wish: ModelEvent.Wish) async throws -> ModelEvent {
        var event: ModelEvent
        repeat {
            event = ModelEvent(
                number: nextNumber, type: roll(0..<3), key: roll(1..<3), total: roll(0..<100), time: clock.now())
        } while !wish.wants(event)
        nextNumber += 1
        let published = try await bus.publish([event.envelope])
        guard published.map(\.sequence) == [nextSequence] else {
            throw Failure(description: "the mark is \(published), not \(nextSequence)")
        }
        show(event)
        return event
    }

    /// Gives an event to the groups that want it.
    private mutating func show(_ event: ModelEvent) {
        let sequence = nextSequence
        for index in groups.indices where groups[index]?.wish.wants(event) == true {
            groups[index]?.add(sequence, event)
        }
        recent.append(event)
    }

    /// Takes and acknowledges what a group got of the past, which is all that it wants from some event on.
    private mutating func consumePast(_ group: Int, _ wish: ModelEvent.Wish, _ start: Subscription.Start) async throws {
        guard let consumer = consumers[group] else { return }
        let last = nextSequence - 1
        var sequences: [UInt64] = []
        var lastOfKey: [Int: UInt64] = [:]
        while !sequences.contains(last) {
            let deliveries = try await consumer.next(atMost: 100)
            for delivery in deliveries {
                try check(delivery)
                let sequence = delivery.receipt.sequence
                let event = recent[Int(sequence - firstRecent)]
                guard event.key == 0 || lastOfKey[event.key, default: 0] < sequence, delivery.attempt == 1 else {
                    throw Failure(description: "of the past, event \(sequence) is out of order, or not the first time")
                }
                lastOfKey[event.key] = sequence
                sequences.append(sequence)
            }
            try await consumer.acknowledge(deliveries)
        }
        sequences.sort()
        var since = Timestamp(microseconds: 0)
        if case .time(let time) = start { since = time }
        let wanted = (firstRecent..<nextSequence).filter { sequence in
            let event = recent[Int(sequence - firstRecent)]
            return wish.wants(event) && event.time >= since
        }
        guard let first = sequences.first, sequences == wanted.suffix(sequences.count) else {
            throw Failure(description: "of the past came \(sequences), which is not the end of \(wanted.suffix(500))")
        }
        // What was published since the last upkeep is in no file that may have gone.
        guard wanted.first(where: { $0 >= lastUpkeep }).map({ first <= $0 }) ?? true else {
            throw Failure(description: "the past began with \(first), though nothing was removed before \(lastUpkeep)")
        }
        groups[group]?.learn(pastCount: sequences.count)
        try await bus.checkpoint()
    }

    private mutating func leave(_ group: Int) async throws {
        guard let consumer = consumers[group] else { return }
        count("leave")
        var doubt = Doubt(group: group)
        doubt.released = Array(groups[group]?.outstanding ?? [])
        groups[group]?.leave()
        await consumer.close()
        consumers[group] = nil
        doubts.append(doubt)
    }

    private mutating func remove(_ group: Int) async throws {
        guard groups[group] != nil else { return }
        count("remove")
        try await bus.removeGroup("group \(group)")
        doubts = []
        if let consumer = consumers[group] {
            let error = await #expect(throws: TidingsError.self) { try await consumer.next(atMost: 1) }
            #expect(error?.code == .closed)
        }
        groups[group] = nil
        consumers[group] = nil
    }

    // MARK: Restarts

    private mutating func reopen() async throws {
        count("reopen")
        await bus.close()
        doubts = []
        try await restart()
    }

    private mutating func crash() async throws {
        count("crash")
        let next = system.crash()
        await bus.close()
        system = next
        try await restart()
        try await resolveDoubts()
    }

    private mutating func restart() async throws {
        bus = try await Self.open(system, clock)
        for group in groups.indices {
            groups[group]?.restart()
            consumers[group] = nil
            guard let wish = groups[group]?.wish else { continue }
            consumers[group] = try await bus.subscribe(Subscription(group: "group \(group)", pattern: wish.pattern))
        }
    }

    /// Finds out which of the last settlements the crash lost: those from some point on.
    private mutating func resolveDoubts() async throws {
        for group in groups.indices where groups[group] != nil {
            let ledger = try await bus.ledger(of: "group \(group)")
            let doubted = doubts.filter { $0.group == group }
            let acknowledged = doubted.flatMap(\.acknowledged)
            let lost = (groups[group]?.acknowledged ?? 0) - ledger.acknowledged
            guard (0...acknowledged.count).contains(lost) else {
                throw Failure(description: "the crash lost \(lost) acknowledgements of at most \(acknowledged.count)")
            }
            for (sequence, entry) in acknowledged.suffix(lost) { groups[group]?.bringBack(sequence, entry) }
            for sequence in doubted.flatMap(\.released) { groups[group]?.doubt(releaseOf: sequence) }
        }
        doubts = []
    }

    // MARK: Comparing

    private mutating func compare() async throws {
        count("compare")
        for index in groups.indices {
            guard let group = groups[index] else { continue }
            let ledger = try await bus.ledger(of: "group \(index)")
            guard ledger.isBalanced, ledger.published == group.published, ledger.acknowledged == group.acknowledged,
                ledger.pending == group.pendingCount, ledger.inFlight == group.outstanding.count
            else {
                throw Failure(
                    description: "group \(index): \(ledger) instead of \(group.published) published, "
                        + "\(group.acknowledged) acknowledged, \(group.pendingCount) pending, "
                        + "\(group.outstanding.count) out")
            }
            guard let depth = try await consumers[index]?.depth() else { continue }
            guard depth.pending == group.pendingCount, depth.inFlight == group.outstanding.count else {
                throw Failure(description: "group \(index): \(depth) instead of \(group.pendingCount) pending")
            }
            guard (depth.oldest == nil) == group.entries.isEmpty else {
                throw Failure(description: "group \(index): oldest \(String(describing: depth.oldest))")
            }
        }
        guard await bus.health().alarms.isEmpty else { throw Failure(description: "\(await bus.health().alarms)") }
    }

    /// Consumes what is left of everything.
    private mutating func drain() async throws {
        try await restartIfLeft()
        clock.advance(by: .seconds(3600))
        for index in groups.indices {
            guard let consumer = consumers[index] else { continue }
            while groups[index]?.hasReady(at: clock.now(), within: Self.options.windowEvents) == true {
                groups[index]?.expire(at: clock.now())
                let deliveries = try await consumer.next(atMost: 1000)
                for delivery in deliveries { try check(delivery) }
                if let problem = groups[index]?.take(deliveries, until: clock.now() + .seconds(30)) {
                    throw Failure(description: "group \(index): \(problem)")
                }
                for delivery in deliveries { _ = groups[index]?.acknowledge(delivery.receipt) }
                try await consumer.acknowledge(deliveries)
            }
        }
        try await compare()
    }

    private mutating func restartIfLeft() async throws {
        for index in groups.indices where groups[index] != nil && consumers[index] == nil { try await join(index) }
    }

    var files: Int { (try? system.files(in: Self.folder).count) ?? 0 }
    var events: Int { nextNumber }
    var lastSegment: String {
        (try? system.files(in: Self.folder).last { $0.hasSuffix(".log") }) ?? ""
    }
}
