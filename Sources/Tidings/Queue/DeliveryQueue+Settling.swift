extension DeliveryQueue {
    /// What became of settlements.
    package struct Settled {
        /// By their sequences, like ``released``.
        package var acknowledged: [UInt64] = []
        package var released: [UInt64] = []
        /// What stays out, or comes back later, and for how long from now.
        package var extended: [(sequence: UInt64, by: Duration)] = []
        package var retried: [(sequence: UInt64, after: Duration)] = []
        /// The receipts that were not in force.
        package var stale: [Receipt] = []
        /// Whether an event comes back sooner than any did before: who waits for that has to look again.
        package var endsSooner = false
    }

    /// Settles events in order, once those have come back whose time-out has ended. What is released goes back in the
    /// end, all at once; what is to be tried later is out until then, with nobody. Dead letters are not its affair:
    /// ``end(_:at:)``.
    package mutating func settle(_ settlements: [Settlement], at now: Duration) -> Settled {
        expire(at: now)
        let before = nextDeadline
        var settled = Settled()
        var returned: [Entry] = []
        var held: [(entry: Entry, deadline: Duration)] = []
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
                if extend(receipt, until: now + duration) {
                    settled.extended.append((receipt.sequence, duration))
                } else {
                    settled.stale.append(receipt)
                }
            case .retry(let receipt, let duration):
                if let entry = remove(receipt) {
                    held.append((entry, now + duration))
                    settled.retried.append((receipt.sequence, duration))
                } else {
                    settled.stale.append(receipt)
                }
            case .deadLetter(let receipt, _):
                assertionFailure("a dead letter is ended, not settled")
                settled.stale.append(receipt)
            }
        }
        giveBack(returned)
        hold(held, as: nextHold, for: 0)
        tidy()
        if let before, let after = nextDeadline { settled.endsSooner = after < before }
        return settled
    }

    /// Ends deliveries: their events leave the queue.
    /// - Returns: them, and the receipts that were not in force.
    package mutating func end(_ receipts: [Receipt], at now: Duration) -> (entries: [Entry], stale: [Receipt]) {
        expire(at: now)
        var (ended, stale): ([Entry], [Receipt]) = ([], [])
        for receipt in receipts {
            if let entry = remove(receipt) {
                freeKey(of: entry)
                ended.append(entry)
            } else {
                stale.append(receipt)
            }
        }
        tidy()
        return (ended, stale)
    }

    /// Takes up what was out when the queue was given up, before anything is taken.
    /// - Parameter number: of the take that had it, whose receipts are in force again; `nil` if it only waits until its time
    ///   has come.
    package mutating func restore(_ entries: [(entry: Entry, deadline: Duration)], as number: UInt64?) {
        let number = number ?? nextHold
        for (entry, _) in entries {
            reached = max(reached, entry.sequence)
            guard entry.key != 0 else { continue }
            var line = lines[entry.key] ?? Line(take: number, end: 0)
            line.outstanding += 1
            line.end = max(line.end, entry.sequence)
            lines[entry.key] = line
        }
        hold(entries, as: number, for: 0)
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
