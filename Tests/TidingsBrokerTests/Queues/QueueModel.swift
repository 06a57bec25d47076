import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Random requests to two queues, their dead-letter queues and an archive, on a bus that is closed, killed and opened
/// again; beside them the same by sets and dictionaries.
struct QueueModel {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What the bus should say of a queue.
    private struct Queue {
        /// How often each event that waits was received.
        var pending: [UInt64: Int] = [:]
        var out: [UInt64: (attempts: Int, delivery: Delivery)] = [:]
        /// How often each dead letter was received.
        var letters: [UInt64: Int] = [:]
        var counts: [String: Int] = [:]
        var letterCounts: [String: Int] = [:]

        mutating func leave(_ sequences: some Sequence<UInt64>, _ fate: String) {
            for sequence in sequences where pending.removeValue(forKey: sequence) != nil {
                counts[fate, default: 0] += 1
            }
        }

        mutating func leaveLetters(_ sequences: some Sequence<UInt64>, _ fate: String) {
            for sequence in sequences where letters.removeValue(forKey: sequence) != nil {
                letterCounts[fate, default: 0] += 1
            }
        }

        mutating func come(_ sequence: UInt64, _ arrival: String) {
            pending[sequence] = 0
            counts[arrival, default: 0] += 1
        }

        func holds(_ sequence: UInt64) -> Bool { pending[sequence] != nil || out[sequence] != nil }
    }

    private static let names = ["all", "even"]
    private static let receives = 2
    private static let folder = "/bus"

    private var random: SplitMix64
    private var system = SimulatedFileSystem()
    private let clock = ManualClock()
    private var bus: EmbeddedEventBus
    private var consumers: [any EventConsumer] = []
    private var queues = [Queue(), Queue()]
    private var archived: Set<UInt64> = []
    private var times: [UInt64: Timestamp] = [:]
    private var deadSince: [[UInt64: Timestamp]] = [[:], [:]]
    private var published = 0
    private var replayCount = 0
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64) async throws {
        random = SplitMix64(seed: seed)
        bus = try await Self.open(system, clock)
        var options = QueueOptions()
        options.maximumReceives = Self.receives
        options.ordering = .none
        options.retention = .seconds(86_400)
        for name in Self.names { try await bus.declareQueue(name, options) }
        try await bus.declareRule(
            EventRule("all", .all, to: ["all", .log("audit", retention: .seconds(3650 * 86_400))]))
        let even = (0..<5).map { String($0 * 2) }.joined(separator: ",")
        try await bus.declareRule(
            EventRule("even", try EventPattern(json: #"{"data":[\#(even)]}"#), to: ["even", .log("audit")]))
        try await bus.declareArchive(EventArchive("archive", .all, retention: .seconds(3650 * 86_400)))
        try await join()
    }

    private static func open(_ system: SimulatedFileSystem, _ clock: ManualClock) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions.small
        options.windowEvents = 16
        options.retention = .seconds(36_500 * 86_400)
        return try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    private mutating func join() async throws {
        consumers = []
        for name in Self.names { consumers.append(try await bus.consumer(ofQueue: name)) }
    }

    private mutating func roll(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    mutating func run(_ operations: Int) async throws {
        for operation in 0..<operations {
            do {
                try await step()
                try await compare()
            } catch {
                throw Failure(description: "operation \(operation), after \(counts): \(error)")
            }
        }
        await bus.close()
        try reconcile(isLast: true)
    }

    private mutating func step() async throws {
        let queue = roll(0..<2)
        switch roll(0..<100) {
        case 0..<35: try await publish()
        case 35..<55: try await take(queue)
        case 55..<70: try await settle(queue)
        case 70..<78: try await pass(.seconds(31))
        case 78..<83: try await redrive(queue)
        case 83..<86: try await discard(queue)
        case 86..<88: try await purge(queue)
        case 88..<91: try await replay(queue)
        case 91..<92: try await expire()
        case 92..<95: try await restart(isKilled: false)
        case 95..<98: try await restart(isKilled: true)
        default: try await maintain()
        }
    }

    private mutating func count(_ what: String) { counts[what, default: 0] += 1 }

    private mutating func publish() async throws {
        let numbers = (0..<roll(1..<20)).map { _ in roll(0..<10) }
        let events = numbers.map { number in
            published += 1
            return Envelope(
                id: EventID("\(published)"), source: "/model", type: "model.v1", time: clock.now(),
                data: EventBytes("\(number)" + String(repeating: " ", count: 40)))
        }
        for (number, event) in zip(numbers, try await bus.publish(events)) {
            queues[0].come(event.sequence, "published")
            if number % 2 == 0 { queues[1].come(event.sequence, "published") }
            archived.insert(event.sequence)
            times[event.sequence] = clock.now()
        }
        count("publish")
    }

    private mutating func take(_ queue: Int) async throws {
        let wanted = min(roll(1..<30), queues[queue].pending.count)
        guard wanted > 0 else { return }
        for delivery in try await consumers[queue].take(wanted) {
            let sequence = delivery.receipt.sequence
            guard let attempts = queues[queue].pending.removeValue(forKey: sequence) else {
                throw Failure(description: "\(Self.names[queue]) gave event \(sequence), which does not wait")
            }
            guard delivery.attempt == attempts + 1 else {
                throw Failure(description: "event \(sequence) has attempt \(delivery.attempt) after \(attempts)")
            }
            queues[queue].out[sequence] = (attempts + 1, delivery)
        }
        count("take")
    }

    private mutating func settle(_ queue: Int) async throws {
        let chosen = queues[queue].out.filter { _ in roll(0..<3) > 0 }.sorted { $0.key < $1.key }
        let acknowledged = Set(chosen.map(\.key).filter { _ in roll(0..<3) > 0 })
        let stale = try await consumers[queue].settle(
            chosen.map { sequence, entry in
                acknowledged.contains(sequence)
                    ? .acknowledge(entry.delivery.receipt) : .release(entry.delivery.receipt)
            })
        guard stale.isEmpty else { throw Failure(description: "\(stale) are stale") }
        for (sequence, entry) in chosen {
            queues[queue].out[sequence] = nil
            queues[queue].pending[sequence] = entry.attempts - 1
        }
        queues[queue].leave(acknowledged, "acknowledged")
        count("settle")
    }

    /// What is out comes back; what was received as often as it may be is dead.
    private mutating func comeBack(_ queue: Int) {
        for (sequence, entry) in queues[queue].out {
            queues[queue].pending[sequence] = entry.attempts
            if entry.attempts >= Self.receives {
                queues[queue].leave([sequence], "movedOut")
                if queues[queue].letters.updateValue(entry.attempts, forKey: sequence) != nil {
                    queues[queue].letterCounts["discarded", default: 0] += 1
                }
                deadSince[queue][sequence] = clock.now()
                queues[queue].letterCounts["movedIn", default: 0] += 1
            }
        }
        queues[queue].out = [:]
    }

    private mutating func pass(_ duration: Duration) async throws {
        clock.advance(by: duration)
        for queue in queues.indices { comeBack(queue) }
        count("pass")
    }

    private mutating func redrive(_ queue: Int) async throws {
        let isAll = roll(0..<2) == 0
        let chosen = queues[queue].letters.keys.filter { _ in isAll || roll(0..<2) == 0 }
        let going = chosen.filter { !queues[queue].holds($0) }
        let redriven = try await bus.redrive(from: letters(queue), isAll ? nil : chosen)
        guard redriven == going.count else { throw Failure(description: "\(redriven) of \(going.count) were redriven") }
        queues[queue].leaveLetters(going, "returned")
        for sequence in going { queues[queue].come(sequence, "redriven") }
        if !going.isEmpty { count("redrive") }
    }

    private mutating func discard(_ queue: Int) async throws {
        let chosen = queues[queue].letters.keys.filter { _ in roll(0..<2) == 0 }
        guard try await bus.discard(from: letters(queue), chosen) == chosen.count else {
            throw Failure(description: "not all were discarded")
        }
        queues[queue].leaveLetters(chosen, "discarded")
        if !chosen.isEmpty { count("discard") }
    }

    private mutating func purge(_ queue: Int) async throws {
        for (sequence, entry) in queues[queue].out { queues[queue].pending[sequence] = entry.attempts }
        queues[queue].out = [:]
        let there = queues[queue].pending.count
        guard try await bus.purgeQueue(Self.names[queue]) == there else {
            throw Failure(description: "not all were purged")
        }
        queues[queue].leave(Array(queues[queue].pending.keys), "purged")
        if there > 0 { count("purge") }
    }

    private mutating func replay(_ queue: Int) async throws {
        guard !archived.isEmpty else { return }
        replayCount += 1
        let name = "replay \(replayCount)"
        let isRecent = roll(0..<2) == 0
        let from = clock.now() + (.zero - .seconds(roll(60..<600)))
        let chosen = archived.filter { !isRecent || times[$0] ?? from >= from }
        let replay = EventReplay(name, of: "archive", from: isRecent ? from : nil, queues: [Self.names[queue]])
        guard !chosen.isEmpty else {
            if (try? await bus.startReplay(replay)) != nil { throw Failure(description: "an empty range was replayed") }
            return
        }
        try await bus.startReplay(replay)
        while try await bus.replays().last?.state == .running { await Task.yield() }
        for sequence in chosen where !queues[queue].holds(sequence) { queues[queue].come(sequence, "replayed") }
        count("replay")
    }

    private mutating func expire() async throws {
        try await pass(.seconds(2 * 86_400))
        await bus.runMaintenance()
        let now = clock.now()
        for queue in queues.indices {
            queues[queue].leave(Array(queues[queue].pending.keys), "expired")
            let old = queues[queue].letters.keys.filter {
                now - (deadSince[queue][$0] ?? now) > .seconds(14 * 86_400 + 60)
            }
            queues[queue].leaveLetters(old, "expired")
        }
        count("expire")
    }

    private mutating func maintain() async throws {
        await bus.runMaintenance()
        count("maintain")
    }

    private mutating func restart(isKilled: Bool) async throws {
        count(isKilled ? "kill" : "restart")
        if isKilled {
            // Settlements are durable soon; what follows is about what is.
            try await bus.checkpoint()
            let next = system.crash()
            await bus.close()
            system = next
        } else {
            await bus.close()
            try reconcile()
        }
        bus = try await Self.open(system, clock)
        for queue in queues.indices { comeBack(queue) }
        try await join()
    }

    private func letters(_ queue: Int) -> String { Self.names[queue] + "-dead-letters" }

    private func compare() async throws {
        for (queue, name) in zip(queues, Self.names) {
            let found = try await bus.deadLetters(in: name + "-dead-letters", atMost: 10_000)
            try equal(
                Dictionary(uniqueKeysWithValues: found.map { ($0.sequence, $0.attempts) }), queue.letters,
                "the dead letters of \(name)")
            let (ledger, letters) = (
                try await bus.ledger(of: name), try await bus.ledger(of: name + "-dead-letters")
            )
            try equal(ledger.terms, queue.counts, "the counts of \(name)")
            try equal(letters.terms, queue.letterCounts, "the counts of the dead letters of \(name)")
            try equal([ledger.pending, ledger.inFlight], [queue.pending.count, queue.out.count], "what \(name) holds")
            try equal(letters.pending, queue.letters.count, "how many dead letters \(name) has")
            try equal([ledger.isBalanced, letters.isBalanced], [true, true], "whether the ledgers of \(name) add up")
        }
    }

    /// The log, walked from its first record, says the same; while nobody has it open.
    private func reconcile(isLast: Bool = false) throws {
        let walk = try LedgerWalk(Self.folder, system)
        for (queue, name) in zip(queues, Self.names) {
            let (found, letters) = (walk.queue(name), walk.queue(name + "-dead-letters"))
            try equal(found?.counts, queue.counts, "the counts of \(name) by a walk over the log")
            try equal(letters?.counts, queue.letterCounts, "the counts of the dead letters of \(name) by a walk")
            try equal(found?.there, Set(queue.pending.keys).union(queue.out.keys), "what is there of \(name) by a walk")
            try equal(letters?.there, Set(queue.letters.keys), "what is there of the dead letters of \(name) by a walk")
        }
        try equal(walk.queue("archive")?.there, archived, "what the archive holds by a walk")
        // To read it takes long.
        if isLast || counts["restart", default: 0] % 8 == 0 { try reconcileEventLog(walk) }
    }

    /// What the event log has, and what is still to come.
    private func reconcileEventLog(_ walk: LedgerWalk) throws {
        let lines = try system.lines(of: "audit", in: Self.folder)
        let logged = lines.map(\.sequence)
        try equal(logged, logged.sorted(), "the order of the lines")
        try equal(Set(logged).count, logged.count, "how many different lines there are")
        try equal(Set(logged).union(walk.pending(in: "audit")), archived, "what the event log has or gets")
        try equal(walk.pending(in: "audit").isDisjoint(with: logged), true, "whether none of it comes twice")
        for line in lines {
            let rules = (line.event?.number ?? 1) % 2 == 0 ? ["all", "even"] : ["all"]
            try equal(line.rules, rules, "the rules of event \(line.sequence)")
        }
    }

    private func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else { throw Failure(description: "\(what): \(found) instead of \(expected)") }
    }
}
