import Tidings
import TidingsBroker
import TidingsTesting

extension BrokerModel {
    mutating func take(_ group: Int) async throws {
        guard let member = member(of: group),
            groups[group]?.hasReady(at: clock.now(), within: Self.options.windowEvents) == true
        else {
            return count("nothing to take")
        }
        count("take")
        groups[group]?.expire(at: clock.now())
        let maximum = roll(0..<3) == 0 ? roll(1..<4) : roll(4..<40)
        let deliveries = try await member.consumer.next(atMost: maximum)
        doubts = []
        guard (1...maximum).contains(deliveries.count) else {
            throw Failure(description: "\(deliveries.count) deliveries of \(maximum)")
        }
        for delivery in deliveries { try check(delivery) }
        if let problem = groups[group]?.take(deliveries, by: member.id, until: clock.now() + .seconds(30)) {
            throw Failure(description: "group \(group): \(problem)")
        }
        receipts[group] = receipts[group].suffix(40) + deliveries.map(\.receipt)
    }

    func check(_ delivery: Delivery) throws {
        let sequence = delivery.receipt.sequence
        guard sequence >= firstRecent, sequence < nextSequence else {
            throw Failure(description: "there is no event \(sequence)")
        }
        let event = recent[Int(sequence - firstRecent)].envelope
        guard delivery.event == event else { throw Failure(description: "\(delivery.event) instead of \(event)") }
    }

    mutating func settle(_ group: Int) async throws {
        guard let member = member(of: group), !receipts[group].isEmpty else { return count("nothing to settle") }
        count("settle")
        groups[group]?.expire(at: clock.now())
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
        let answer = try await member.consumer.settle(settlements)
        guard answer == stale else { throw Failure(description: "\(answer) are stale, not \(stale)") }
        doubts.append(doubt)
    }
}
