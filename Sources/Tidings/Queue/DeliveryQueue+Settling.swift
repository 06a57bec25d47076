extension DeliveryQueue {
    /// Acknowledges an event. `false` when the receipt is not in force.
    package mutating func acknowledge(_ receipt: Receipt) -> Bool {
        guard let entry = remove(receipt) else { return false }
        freeKey(of: entry)
        return true
    }

    /// Gives an event back without spending the attempt. `false` when the receipt is not in force.
    package mutating func release(_ receipt: Receipt) -> Bool {
        settle([.release(receipt)], at: Timestamp(microseconds: 0)).stale.isEmpty
    }

    /// What became of settlements.
    package struct Settled {
        /// By their sequences, like ``released``.
        package var acknowledged: [UInt64] = []
        package var released: [UInt64] = []
        /// The receipts that were not in force.
        package var stale: [Receipt] = []
    }

    /// Settles events in order. What is released goes back in the end, all at once: each for itself would move what waits
    /// each time.
    package mutating func settle(_ settlements: [Settlement], at now: Timestamp) -> Settled {
        var settled = Settled()
        var returned: [Entry] = []
        for settlement in settlements {
            switch settlement {
            case .acknowledge(let receipt):
                if acknowledge(receipt) {
                    settled.acknowledged.append(receipt.sequence)
                } else {
                    settled.stale.append(receipt)
                }
            case .release(let receipt):
                if var entry = remove(receipt) {
                    entry.attempts -= 1
                    returned.append(entry)
                    settled.released.append(receipt.sequence)
                } else {
                    settled.stale.append(receipt)
                }
            case .extend(let receipt, let duration):
                if !extend(receipt, until: now + duration) { settled.stale.append(receipt) }
            }
        }
        giveBack(returned)
        return settled
    }

    /// Undoes the last take, as if it had not been.
    package mutating func undo(_ take: UInt64) {
        guard let items = takes[take]?.items else { return }
        _ = settle(
            items.map { .release(Receipt(sequence: $0.entry.sequence, take: take)) }, at: Timestamp(microseconds: 0))
        if nextTake == take + 1 { nextTake = take }
    }

    /// Keeps an event out until a later moment. `false` when the receipt is not in force.
    package mutating func extend(_ receipt: Receipt, until deadline: Timestamp) -> Bool {
        guard let take = takes.index(forKey: receipt.take),
            let place = takes.values[take].place(of: receipt.sequence)
        else { return false }
        takes.values[take].items[place].deadline = deadline
        takes.values[take].deadline = min(takes.values[take].deadline, deadline)
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
        return true
    }
}
