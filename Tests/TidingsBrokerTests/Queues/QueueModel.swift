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

    static let names = ["all", "even"]
    private static let receives = 2
    static let folder = "/bus"

    private var random: SplitMix64
    var system = SimulatedFileSystem()
    private let clock = ManualClock()
    var bus: EmbeddedEventBus
    var consumers: [any EventConsumer] = []
    var queues = [Queue(), Queue()]
    var archived: Set<UInt64> = []
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
            var event = Envelope(
                id: EventID("\(published)"), source: "/model", type: "model.v1", time: clock.now(),
                data: EventBytes("\(number)" + String(repeating: " ", count: 40)))
            if roll(0..<20) == 0 { event.notBefore = clock.now() + .seconds(roll(1..<100)) }
            return event
        }
        for (index, event) in try await bus.publish(events).enumerated() {
            for queue in numbers[index] % 2 == 0 ? [0, 1] : [0] {
                queues[queue].come(event.sequence, "published")
                guard let until = events[index].notBefore else { continue }
                queues[queue].delayed[event.sequence] = until
                queues[queue].pending[event.sequence] = nil
                count("delay")
            }
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
            queues[queue].out[sequence] = Queue.Out(
                attempts: attempts + 1, receipt: delivery.receipt, until: clock.now() + .seconds(30))
        }
        count("take")
    }

    private mutating func settle(_ queue: Int) async throws {
        let chosen = queues[queue].out.filter { $0.value.receipt != nil }.filter { _ in roll(0..<3) > 0 }
            .sorted { $0.key < $1.key }
        let settlements = chosen.compactMap(\.value.receipt).map { settlement(of: $0) }
        let stale = try await consumers[queue].settle(settlements)
        guard stale.isEmpty else { throw Failure(description: "\(stale) are stale") }
        for settlement in settlements { follow(settlement, queue) }
        count("settle")
    }

    private mutating func settlement(of receipt: Receipt) -> Settlement {
        switch roll(0..<20) {
        case 0..<12: .acknowledge(receipt)
        case 12..<15: .release(receipt)
        case 15..<17: .retry(receipt, after: .seconds(roll(1..<100)))
        case 17..<19: .extend(receipt, by: .seconds(roll(1..<100)))
        default: .deadLetter(receipt, reason: "it is wrong")
        }
    }

    private mutating func follow(_ settlement: Settlement, _ queue: Int) {
        let sequence = settlement.receipt.sequence
        guard var out = queues[queue].out.removeValue(forKey: sequence) else { return }
        switch settlement {
        case .acknowledge:
            queues[queue].pending[sequence] = out.attempts
            queues[queue].leave([sequence], "acknowledged")
        case .release: queues[queue].pending[sequence] = out.attempts - 1
        case .retry where out.attempts >= Self.receives:
            queues[queue].pending[sequence] = out.attempts
            bury(sequence, queue, out.attempts)
        case .retry(_, let duration):
            out.receipt = nil
            out.until = clock.now() + duration
            queues[queue].out[sequence] = out
            count("retry")
        case .extend(_, let duration):
            out.until = clock.now() + duration
            queues[queue].out[sequence] = out
            count("extend")
        case .deadLetter:
            queues[queue].pending[sequence] = out.attempts
            bury(sequence, queue, out.attempts)
            count("reject")
        }
    }

    private mutating func bury(_ sequence: UInt64, _ queue: Int, _ attempts: Int) {
        queues[queue].bury(sequence, attempts)
        deadSince[queue][sequence] = clock.now()
    }

    /// The time has come for what waits, and for what was out: that is dead if it was received as often as it may be.
    private mutating func pass(_ duration: Duration) async throws {
        clock.advance(by: duration)
        let now = clock.now()
        for queue in queues.indices {
            for (sequence, until) in queues[queue].delayed where until <= now {
                queues[queue].delayed[sequence] = nil
                queues[queue].pending[sequence] = 0
            }
            for (sequence, out) in queues[queue].out where out.until <= now {
                queues[queue].out[sequence] = nil
                queues[queue].pending[sequence] = out.attempts
                if out.attempts >= Self.receives { bury(sequence, queue, out.attempts) }
            }
        }
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
        for (sequence, out) in queues[queue].out { queues[queue].pending[sequence] = out.attempts }
        for sequence in queues[queue].delayed.keys { queues[queue].pending[sequence] = 0 }
        (queues[queue].out, queues[queue].delayed) = ([:], [:])
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
        // What was out still is, and who has its receipt settles it.
        try await join()
    }

    private func letters(_ queue: Int) -> String { Self.names[queue] + "-dead-letters" }
}
