import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Queues with rules, delays, dead letters, an archive and replays, and all that can be done to them, until the process is
/// killed. How many events each publish has begun with and got acknowledged goes to the journal.
struct QueueLoad {
    private static let queues = ["orders", "mail"]
    private static let archive = "everything"

    let bus: EmbeddedEventBus
    let journal: Journal
    let seed: UInt64

    func run() async throws {
        try await declare()
        journal.note("ready")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<3 { tasks.addTask { try await publish(number) } }
            for (number, queue) in (Self.queues + Self.queues).enumerated() {
                tasks.addTask { try await consume(queue, SplitMix64(seed: seed &+ UInt64(100 + number))) }
            }
            tasks.addTask { try await operate() }
            try await tasks.waitForAll()
        }
    }

    private func declare() async throws {
        var options = QueueOptions()
        options.visibilityTimeout = .milliseconds(200)
        options.maximumReceives = 2
        try await bus.declareQueue("orders", options)
        options.delay = .milliseconds(50)
        try await bus.declareQueue("mail", options)
        try await bus.declareRule(EventRule("all", .all, to: ["orders"]))
        try await bus.declareRule(
            EventRule("small", try EventPattern(json: #"{"data":{"value":[{"numeric":["<",500]}]}}"#), to: ["mail"]))
        try await bus.declareArchive(EventArchive(Self.archive, .all, retention: .seconds(86_400)))
    }

    private func publish(_ publisher: Int) async throws {
        var random = SplitMix64(seed: seed &+ UInt64(publisher))
        // Numbers of its own for each process: no two events are the same.
        var number = Int(truncatingIfNeeded: seed % 1_000_000) * 1_000_000
        while true {
            let count = Int.random(in: 1...20, using: &random)
            let now = RuntimeEnvironment.system.now()
            let events = (0..<count).map { index in
                var event = CountedEvent(publisher: publisher, number: number + index).envelope
                event.time = now
                if Int.random(in: 0..<20, using: &random) == 0 { event.notBefore = now + .milliseconds(100) }
                return event
            }
            number += count
            journal.note("B \(count)")
            _ = try await bus.publish(events)
            journal.note("A \(count)")
            try await Task.sleep(for: .microseconds(Int.random(in: 0...2000, using: &random)))
        }
    }

    /// Does with each event what a consumer may do with it.
    private func consume(_ queue: String, _ generator: SplitMix64) async throws {
        var random = generator
        let consumer = try await bus.consumer(ofQueue: queue)
        while true {
            let deliveries = try await consumer.next(atMost: Int.random(in: 1...50, using: &random))
            let settlements = deliveries.compactMap { delivery -> Settlement? in
                switch Int.random(in: 0..<20, using: &random) {
                case 0: .release(delivery.receipt)
                case 1: .retry(delivery.receipt, after: .milliseconds(Int.random(in: 0...100, using: &random)))
                case 2: .extend(delivery.receipt, by: .milliseconds(Int.random(in: 0...300, using: &random)))
                case 3: .deadLetter(delivery.receipt, reason: "it was the third of twenty")
                case 4: nil
                default: .acknowledge(delivery.receipt)
                }
            }
            _ = try await consumer.settle(settlements)
        }
    }

    /// Does what an operator may do, one thing after the other.
    private func operate() async throws {
        var random = SplitMix64(seed: seed &+ 1000)
        var replays = 0
        while true {
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...15, using: &random)))
            let queue = Self.queues[Int.random(in: 0...1, using: &random)]
            let letters = queue + "-dead-letters"
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3: try await bus.redrive(from: letters)
            case 4:
                let found = try await bus.deadLetters(in: letters, atMost: 10)
                try await bus.discard(from: letters, found.map(\.sequence))
            case 5: try await bus.purgeQueue(queue)
            case 6...7:
                replays += 1
                let name = "replay \(seed)-\(replays)"
                try await bus.startReplay(EventReplay(name, of: Self.archive, queues: [queue], rate: 100_000))
                if Bool.random(using: &random) { try await bus.cancelReplay(name) }
            case 8: try await bus.checkpoint()
            default:
                var rule = EventRule("all", .all, to: ["orders"])
                rule.isEnabled = Bool.random(using: &random)
                try await bus.declareRule(rule)
            }
        }
    }
}
