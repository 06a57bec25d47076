import Synchronization
import Tidings
import TidingsTesting

/// A member of a group: takes, writes down what it took, settles, and writes down that it did.
struct Member {
    let consumer: any EventConsumer
    let journal: Journal
    let group: Group
    let number: Int
    let isDraining: Bool
    /// Counts what all members take.
    let takes: TakeCount
    let patience: Patience
    var random: SplitMix64

    mutating func run() async throws {
        while true {
            if !isDraining, group.backlog > 0, try await consumer.depth().pending <= group.backlog {
                // It leaves a backlog on purpose, and looks whether that has grown.
                try await Task.sleep(for: .milliseconds(2))
                continue
            }
            let count = Int.random(in: 1...200, using: &random)
            let deliveries = try await patience.whileFull("n \(group.name) \(number)") {
                try await consumer.next(atMost: count)
            }
            takes.add(deliveries.count)
            note(deliveries)
            if Int.random(in: 0..<8, using: &random) == 0 {
                // As if it worked, so that kills find events that are out.
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...8, using: &random)))
            }
            try await settle(deliveries)
        }
    }

    private func note(_ deliveries: [Delivery]) {
        var line = "T \(group.name) \(number)"
        for delivery in deliveries {
            let event = CountedEvent(delivery.event.id)
            if event?.envelope != delivery.event {
                journal.note("W \(group.name) \(delivery.receipt.sequence) \(delivery.event.id)")
            }
            let (publisher, count) = (event?.publisher ?? -1, event?.number ?? -1)
            line += " \(delivery.receipt.sequence):\(publisher):\(count):\(delivery.attempt)"
        }
        journal.note(line)
    }

    /// Acknowledges, and now and then gives some back.
    private mutating func settle(_ deliveries: [Delivery]) async throws {
        let givesBack = !isDraining && Int.random(in: 0..<16, using: &random) == 0
        var acknowledged = ""
        var released = ""
        var settlements: [Settlement] = []
        for delivery in deliveries {
            if givesBack, Int.random(in: 0..<4, using: &random) == 0 {
                settlements.append(.release(delivery.receipt))
                released += " \(delivery.receipt.sequence)"
            } else {
                settlements.append(.acknowledge(delivery.receipt))
                acknowledged += " \(delivery.receipt.sequence)"
            }
        }
        journal.note("A \(group.name) \(number)\(acknowledged) /\(released)")
        let refused = try await consumer.settle(settlements)
        journal.note("D \(group.name) \(number)\(refused.map { " \($0.sequence)" }.joined())")
    }
}

/// How many events were taken.
final class TakeCount: Sendable {
    private let count = Atomic(0)

    func add(_ more: Int) { count.add(more, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
