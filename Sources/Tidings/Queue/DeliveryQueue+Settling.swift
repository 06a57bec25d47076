extension DeliveryQueue {
    /// What became of settlements.
    package struct Settled {
        /// By their sequences, like ``released``.
        package var acknowledged: [UInt64] = []
        package var released: [UInt64] = []
        /// The receipts that were not in force.
        package var stale: [Receipt] = []
        /// Whether an event comes back sooner than any did before: who waits for that has to look again.
        package var endsSooner = false
    }

    /// Settles events in order, once those have come back whose time-out has ended. What is released goes back in the
    /// end, all at once.
    package mutating func settle(_ settlements: [Settlement], at now: Duration) -> Settled {
        expire(at: now)
        let before = nextDeadline
        var settled = Settled()
        var returned: [Entry] = []
        for settlement in settlements {
            switch settlement {
            case .acknowledge(let receipt):
                if let entry = remove(receipt) {
                    freeKey(of: entry)
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
        tidy()
        if let before, let after = nextDeadline { settled.endsSooner = after < before }
        return settled
    }

    /// Undoes the last take, as if it had not been.
    package mutating func undo(_ number: UInt64) {
        guard let take = takes[number] else { return }
        var returned: [Entry] = []
        for item in take.items {
            guard var entry = remove(Receipt(sequence: item.entry.sequence, take: number)) else { continue }
            entry.attempts -= 1
            returned.append(entry)
        }
        giveBack(returned)
        tidy()
        if members[take.member]?.numbers.last == number { members[take.member]?.numbers.removeLast() }
        if nextTake == number + 1 { nextTake = number }
    }

    /// Keeps an event out until another moment. `false` when the receipt is not in force.
    private mutating func extend(_ receipt: Receipt, until deadline: Duration) -> Bool {
        guard let take = takes.place(of: receipt.take),
            let place = takes[take].place(of: receipt.sequence)
        else { return false }
        takes[take].items[place].deadline = deadline
        if deadline < takes[take].deadline { setDeadline(of: receipt.take, to: deadline) }
        return true
    }
}
