import Tidings

/// What a delivery queue has to do, in the plainest form: one list, looked through each time.
struct DeliveryQueueModel {
    struct Item {
        let sequence: UInt64
        let key: UInt64
        var attempts: UInt32 = 0
        /// The receipt and its end, while the event is out.
        var out: (receipt: Receipt, deadline: Duration)?
        /// Who took it last.
        var member: UInt64 = 0
    }

    /// What is not acknowledged, by sequence.
    var items: [Item] = []
    var settled: Set<UInt64> = []

    /// Adds an event in its place.
    mutating func insert(_ item: Item) {
        items.insert(item, at: items.firstIndex { $0.sequence > item.sequence } ?? items.count)
    }

    /// Takes out what waits and a condition says.
    mutating func remove(where isUnwanted: (Item) -> Bool) -> [Item] {
        let removed = items.filter { $0.out == nil && isUnwanted($0) }
        items.removeAll { $0.out == nil && isUnwanted($0) }
        return removed
    }

    mutating func expire(at now: Duration) {
        for index in items.indices {
            if let out = items[index].out, out.deadline <= now { items[index].out = nil }
        }
    }

    /// What may go out: what is not out, and no event of its key is.
    var free: [Item] {
        var held: Set<UInt64> = []
        for item in items where item.out != nil && item.key != 0 { held.insert(item.key) }
        return items.filter { $0.out == nil && !held.contains($0.key) }
    }

    /// Checks a take and follows it.
    /// - Returns: what is wrong with it.
    mutating func take(
        _ number: UInt64, _ entries: [DeliveryQueue.Entry], atMost maximum: Int, for member: UInt64,
        until deadline: Duration
    ) -> String? {
        let free = free
        let taken = Set(entries.map(\.sequence))
        if taken.count != entries.count { return "an event stands twice in a batch" }
        if entries.count > maximum { return "a batch is too large" }
        if entries.count < min(maximum, free.count) { return "\(free.count) may go out and \(entries.count) did" }
        for key in Set(entries.map(\.key)) where key != 0 {
            let found = entries.filter { $0.key == key }.map(\.sequence)
            let expected = free.filter { $0.key == key }.prefix(found.count).map(\.sequence)
            if found != expected { return "key \(key) is out of order" }
        }
        for entry in entries {
            guard let index = items.firstIndex(where: { $0.sequence == entry.sequence }),
                free.contains(where: { $0.sequence == entry.sequence })
            else {
                return "event \(entry.sequence) must not go out"
            }
            items[index].attempts += 1
            if items[index].attempts != entry.attempts { return "attempts of \(entry.sequence): \(entry.attempts)" }
        }
        for index in items.indices where taken.contains(items[index].sequence) {
            items[index].out = (Receipt(sequence: items[index].sequence, take: number), deadline)
            items[index].member = member
        }
        return nil
    }

    /// Follows a settlement.
    /// - Returns: whether the receipt was in force.
    mutating func settle(_ settlement: Settlement, at now: Duration) -> Bool {
        expire(at: now)
        let receipt = settlement.receipt
        guard let index = items.firstIndex(where: { $0.out?.receipt == receipt }) else { return false }
        switch settlement {
        case .acknowledge:
            settled.insert(items.remove(at: index).sequence)
        case .release:
            items[index].out = nil
            items[index].attempts -= 1
        case .extend(_, let duration):
            items[index].out = (receipt, now + duration)
        case .retry(_, let duration):
            // Out, and nobody has a receipt for it.
            items[index].out = (Receipt(sequence: receipt.sequence, take: 0), now + duration)
            items[index].member = 0
        case .deadLetter: break
        }
        return true
    }
}
