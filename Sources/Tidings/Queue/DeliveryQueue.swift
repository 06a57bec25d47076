import DequeModule

/// The events of one consumer group and who has them: a pure state machine, without clock, lock or I/O.
///
/// It holds references by sequence, never events; its user may hang something on each. Order by key: while an event of a key is out, later events of that
/// key wait, except that one take may hold several of them in order. What comes back (released, or its time-out ended)
/// goes back to its place.
package struct DeliveryQueue: Sendable {
    /// A reference to an event.
    package struct Entry: Sendable {
        package let sequence: UInt64
        /// A hash of the ordering key; 0 where the event has none. Two keys of one hash only wait for each other.
        package let key: UInt64
        /// How often it was taken.
        package var attempts: UInt32
        /// What the queue's user wants back with it. An object rather than a parameter of the type, which would not be
        /// specialised across modules and cost most of the speed.
        package let reference: (any AnyObject & Sendable)?

        package init(
            sequence: UInt64, key: UInt64, attempts: UInt32 = 0, reference: (any AnyObject & Sendable)? = nil
        ) {
            self.sequence = sequence
            self.key = key
            self.attempts = attempts
            self.reference = reference
        }
    }

    private struct Outstanding {
        var entry: Entry
        var take: UInt64
        var deadline: Timestamp
    }

    private struct Key {
        /// How many of its events are out.
        var outstanding = 0
        /// The take that has them; later ones wait for it.
        var take: UInt64
        /// Its events that wait for those, by sequence. Where none is out, they wait for the one before them in `ready`,
        /// so that a long line of one key is not moved each time its first ones are taken.
        var waiting: Deque<Entry> = []
    }

    private struct Take {
        /// Who has it.
        let member: UInt64
        var deadline: Timestamp
        let sequences: [UInt64]
        /// How many of them are still out; a take ends with its last one.
        var remaining: Int
    }

    /// What may be taken, by sequence, but for events that turn out to wait for their key.
    private var ready: Deque<Entry> = []
    private var waitingCount = 0
    private var outstanding: [UInt64: Outstanding] = [:]
    private var keys: [UInt64: Key] = [:]
    private var takes: [UInt64: Take] = [:]
    private var nextTake: UInt64
    /// No take ends before this moment.
    private var earliestDeadline: Timestamp?

    /// Makes an empty queue.
    /// - Parameter takes: how many takes there were before it was made, so that their receipts stay out of force.
    package init(takes: UInt64 = 0) {
        nextTake = takes + 1
    }

    /// How many events wait to be taken.
    package var pendingCount: Int { ready.count + waitingCount }
    /// How many events may be taken at once, without looking at keys.
    package var readyCount: Int { ready.count }
    /// How many events are out.
    package var outstandingCount: Int { outstanding.count }
    /// When the next time-out may end, if anything is out.
    package var nextDeadline: Timestamp? { earliestDeadline }
    /// How long a member that found nothing can wait for a signal before it has to look again: until a time-out ends,
    /// and no longer than those of takes that come after now may last.
    package func patience(at now: Timestamp, visibility: Duration) -> Duration {
        nextDeadline.map { min($0 - now, visibility) } ?? visibility
    }

    /// Whether a take may find something, without counting time-outs.
    package var hasReady: Bool { !ready.isEmpty }

    /// The entry with the lowest sequence. Walks what is out and what waits for a key.
    package var oldest: Entry? {
        var oldest = ready.first
        for out in outstanding.values where out.entry.sequence < oldest?.sequence ?? .max { oldest = out.entry }
        for key in keys.values {
            if let first = key.waiting.first, first.sequence < oldest?.sequence ?? .max { oldest = first }
        }
        return oldest
    }

    /// How many takes there were, so that a queue that is made in the place of this one goes on counting.
    package var takeCount: UInt64 { nextTake - 1 }

    /// Calls `body` with each entry that is out, in no particular order.
    package func forEachOutstanding(_ body: (Entry) -> Void) {
        for out in outstanding.values { body(out.entry) }
    }

    /// Calls `body` with each entry that waits to be taken, in no particular order.
    package func forEachPending(_ body: (Entry) -> Void) {
        ready.forEach(body)
        for key in keys.values { key.waiting.forEach(body) }
    }

    /// Adds an event, with a sequence above all that were added before.
    package mutating func add(_ entry: Entry) {
        ready.append(entry)
    }

    /// Takes the next events that may go out, for a member of the group.
    /// - Returns: the number of this take and its entries, their attempts counted; empty when there is nothing.
    package mutating func take(
        atMost maximum: Int, for member: UInt64, at now: Timestamp, visibility: Duration
    ) -> (UInt64, [Entry]) {
        expire(at: now)
        var entries: [Entry] = []
        let number = nextTake
        while entries.count < maximum, let entry = ready.popFirst() {
            guard claimKey(of: entry, for: number) else { continue }
            entries.append(entry)
            claimFollowers(of: entry, upTo: maximum, into: &entries)
        }
        for index in entries.indices { entries[index].attempts += 1 }
        guard !entries.isEmpty else { return (0, []) }
        hold(entries, as: number, for: member, until: now + visibility)
        return (number, entries)
    }

    /// Acknowledges an event. `false` when the receipt is not in force.
    package mutating func acknowledge(_ receipt: Receipt) -> Bool {
        guard let out = remove(receipt) else { return false }
        freeKey(of: out.entry)
        return true
    }

    /// Gives an event back without spending the attempt. `false` when the receipt is not in force.
    package mutating func release(_ receipt: Receipt) -> Bool {
        guard var out = remove(receipt) else { return false }
        out.entry.attempts -= 1
        giveBack([out.entry])
        return true
    }

    /// Keeps an event out until a later moment. `false` when the receipt is not in force.
    package mutating func extend(_ receipt: Receipt, until deadline: Timestamp) -> Bool {
        guard outstanding[receipt.sequence]?.take == receipt.take else { return false }
        outstanding[receipt.sequence]?.deadline = deadline
        if let earliest = earliestDeadline, deadline < earliest { earliestDeadline = deadline }
        if let take = takes[receipt.take], deadline < take.deadline { takes[receipt.take]?.deadline = deadline }
        return true
    }

    /// The receipts of what a member has out.
    package func receipts(of member: UInt64) -> [Receipt] {
        takes.filter { $0.value.member == member }.flatMap { number, take in
            take.sequences.compactMap { sequence in
                outstanding[sequence]?.take == number ? Receipt(sequence: sequence, take: number) : nil
            }
        }
    }

    /// Gives back what has been out for too long. Attempts stay counted.
    package mutating func expire(at now: Timestamp) {
        guard let earliest = earliestDeadline, earliest <= now else { return }
        var returned: [Entry] = []
        var next: Timestamp?
        for (number, take) in takes {
            guard take.deadline <= now else {
                next = min(next ?? take.deadline, take.deadline)
                continue
            }
            var deadline: Timestamp?
            for sequence in take.sequences {
                guard let out = outstanding[sequence], out.take == number else { continue }
                if out.deadline <= now {
                    returned.append(out.entry)
                    _ = remove(Receipt(sequence: sequence, take: number))
                } else {
                    deadline = min(deadline ?? out.deadline, out.deadline)
                }
            }
            if let deadline {
                takes[number]?.deadline = deadline
                next = min(next ?? deadline, deadline)
            }
        }
        earliestDeadline = next
        giveBack(returned)
    }

    // MARK: What is out

    private mutating func hold(_ entries: [Entry], as number: UInt64, for member: UInt64, until deadline: Timestamp) {
        nextTake = number + 1
        for entry in entries {
            outstanding[entry.sequence] = Outstanding(entry: entry, take: number, deadline: deadline)
        }
        takes[number] = Take(
            member: member, deadline: deadline, sequences: entries.map(\.sequence), remaining: entries.count)
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }

    private mutating func remove(_ receipt: Receipt) -> Outstanding? {
        guard let place = outstanding.index(forKey: receipt.sequence), outstanding.values[place].take == receipt.take
        else { return nil }
        let out = outstanding.remove(at: place).value
        if let take = takes.index(forKey: receipt.take) {
            takes.values[take].remaining -= 1
            if takes.values[take].remaining == 0 { takes.remove(at: take) }
        }
        if takes.isEmpty { earliestDeadline = nil }
        return out
    }

    // MARK: Keys

    /// Makes the take the owner of the entry's key, or lets the entry wait for the one that is.
    private mutating func claimKey(of entry: Entry, for take: UInt64) -> Bool {
        guard entry.key != 0 else { return true }
        guard var key = keys[entry.key] else {
            keys[entry.key] = Key(outstanding: 1, take: take)
            return true
        }
        guard key.outstanding == 0 || key.take == take else {
            keys[entry.key]?.waiting.append(entry)
            waitingCount += 1
            return false
        }
        key.outstanding += 1
        key.take = take
        keys[entry.key] = key
        return true
    }

    /// Takes what waited for an event of its key along with that event.
    private mutating func claimFollowers(of entry: Entry, upTo maximum: Int, into entries: inout [Entry]) {
        guard entry.key != 0 else { return }
        while entries.count < maximum, let next = keys[entry.key]?.waiting.popFirst() {
            keys[entry.key]?.outstanding += 1
            waitingCount -= 1
            entries.append(next)
        }
    }

    /// One event of a key is not out any more; with the last one, the first of those that wait becomes ready.
    private mutating func freeKey(of entry: Entry) {
        guard entry.key != 0, let outstanding = keys[entry.key]?.outstanding else { return }
        keys[entry.key]?.outstanding = outstanding - 1
        guard outstanding == 1 else { return }
        if let next = keys[entry.key]?.waiting.popFirst() {
            waitingCount -= 1
            makeReady(next)
        } else {
            keys[entry.key] = nil
        }
    }

    private mutating func makeReady(_ entry: Entry) {
        var place = 0
        var end = ready.count
        while place < end {
            let middle = (place + end) / 2
            if ready[middle].sequence < entry.sequence { place = middle + 1 } else { end = middle }
        }
        ready.insert(entry, at: place)
    }

    private mutating func giveBack(_ entries: [Entry]) {
        for entry in entries.sorted(by: { $0.sequence > $1.sequence }) {
            if entry.key == 0 {
                makeReady(entry)
            } else {
                let waiting = keys[entry.key]?.waiting ?? []
                let place = waiting.firstIndex { $0.sequence > entry.sequence } ?? waiting.count
                keys[entry.key]?.waiting.insert(entry, at: place)
                waitingCount += 1
                freeKey(of: entry)
            }
        }
    }
}
