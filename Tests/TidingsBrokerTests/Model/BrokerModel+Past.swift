import Tidings
import TidingsBroker
import TidingsTesting

extension BrokerModel {
    /// Takes and acknowledges what a group got of the past, which is all that it wants from some event on.
    mutating func consumePast(_ group: Int, _ wish: ModelEvent.Wish, _ start: Subscription.Start) async throws {
        guard let consumer = members[group].first?.consumer else { return }
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
        // What was published since the last maintenance is in no file that may have gone.
        guard wanted.first(where: { $0 >= lastMaintenance }).map({ first <= $0 }) ?? true else {
            throw Failure(
                description: "the past began with \(first), though nothing was removed before \(lastMaintenance)")
        }
        groups[group]?.learn(pastCount: sequences.count)
        try await bus.checkpoint()
    }
}
