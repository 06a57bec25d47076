import DequeModule

/// The events of one consumer group and the members that have them: a pure state machine, without clock, lock or I/O.
///
/// It holds references by sequence, never events; its user may attach an object to each. Order by key: while an event of a
/// key is out, later events of that key wait, except that one take may hold several of them in order. What comes back
/// (released, or its time-out ended) goes back to its place.
package struct DeliveryQueue: Sendable {
    /// A reference to an event.
    package struct Entry: Sendable {
        package let sequence: UInt64
        /// A hash of the ordering key; 0 if the event has none. Two keys of one hash only wait for each other.
        package let key: UInt64
        /// How often it was taken.
        package var attempts: UInt32
        /// What the queue's user wants back with it. An object rather than a parameter of the type, which would not be
        /// specialised across modules and cost most of the speed.
        package internal(set) var reference: (any AnyObject & Sendable)?
        /// Whether it was out before, since it was added.
        package internal(set) var wasOut = false

        package init(
            sequence: UInt64, key: UInt64, attempts: UInt32 = 0, reference: (any AnyObject & Sendable)? = nil
        ) {
            self.sequence = sequence
            self.key = key
            self.attempts = attempts
            self.reference = reference
        }
    }

    private struct Key {
        /// How many of its events are out.
        var outstanding = 0
        /// The take that has them; later ones wait for it.
        var take: UInt64
        /// Its events that wait for those, by sequence. If none is out, they wait for the one before them in `ready`,
        /// so that a long line of one key is not moved each time its first ones are taken.
        var waiting: Deque<Entry> = []
    }

    /// What may be taken, by sequence, but for events that turn out to wait for their key.
    private var ready: Deque<Entry> = []
    private var waitingCount = 0
    /// How many events are out.
    package private(set) var outstandingCount = 0
    private var keys: [UInt64: Key] = [:]
    var takes: [UInt64: Take] = [:]
    var nextTake: UInt64
    /// No take ends before this moment.
    var earliestDeadline: Timestamp?

    /// Makes an empty queue.
    /// - Parameter takes: how many takes there were before it was made, so that their receipts stay out of force.
    package init(takes: UInt64 = 0) {
        nextTake = takes + 1
    }

    /// How many events wait to be taken.
    package var pendingCount: Int { ready.count + waitingCount }
    /// How many events may be taken at once, without looking at keys.
    package var readyCount: Int { ready.count }
    /// When the next time-out may end, if anything is out.
    package var nextDeadline: Timestamp? { earliestDeadline }
    /// How long a member that found nothing can wait for a signal before it has to look again: until a time-out ends,
    /// and no longer than those of takes that come after now may last.
    package func waitTimeout(at now: Timestamp, visibility: Duration) -> Duration {
        nextDeadline.map { min($0 - now, visibility) } ?? visibility
    }

    /// Whether a take may find something, without counting time-outs.
    package var hasReady: Bool { !ready.isEmpty }

    /// The entry with the lowest sequence. Walks what is out and what waits for a key.
    package var oldest: Entry? {
        var oldest = ready.first
        forEachOutstanding { if $0.sequence < oldest?.sequence ?? .max { oldest = $0 } }
        for key in keys.values {
            if let first = key.waiting.first, first.sequence < oldest?.sequence ?? .max { oldest = first }
        }
        return oldest
    }

    /// How many takes there were, so that a queue that is made in the place of this one goes on counting.
    package var takeCount: UInt64 { nextTake - 1 }

    /// Calls `body` with each entry that is out, in no particular order.
    package func forEachOutstanding(_ body: (Entry) -> Void) {
        for take in takes.values {
            for item in take.items where item.isOut { body(item.entry) }
        }
    }

    /// Calls `body` with each entry that waits to be taken, in no particular order.
    package func forEachPending(_ body: (Entry) -> Void) {
        ready.forEach(body)
        for key in keys.values { key.waiting.forEach(body) }
    }

    /// Adds an event, with a sequence above all that were added before.
    package mutating func add(_ entry: Entry) {
        assert(
            ready.last.map { $0.sequence < entry.sequence } ?? true, "events are added in the order of their sequences")
        ready.append(entry)
    }

    /// Adds events of consecutive sequences, above all that were added before.
    package mutating func add(
        _ keys: ArraySlice<UInt64>, from first: UInt64, _ reference: any AnyObject & Sendable
    ) {
        assert(ready.last.map { $0.sequence < first } ?? true, "events are added in the order of their sequences")
        var sequence = first
        for key in keys {
            ready.append(Entry(sequence: sequence, key: key, reference: reference))
            sequence += 1
        }
    }

    /// Takes the next events that may go out, for a member of the group.
    /// - Returns: the number of this take and its entries by sequence, their attempts counted; empty when there is nothing.
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
        guard !entries.isEmpty else { return (0, []) }
        var last: UInt64 = 0
        var isSorted = true
        for index in entries.indices {
            entries[index].attempts += 1
            if entries[index].sequence < last { isSorted = false }
            last = entries[index].sequence
        }
        if !isSorted { entries.sort { $0.sequence < $1.sequence } }
        hold(entries, as: number, for: member, until: now + visibility)
        return (number, entries)
    }

    /// The receipts of what a member has out.
    package func receipts(of member: UInt64) -> [Receipt] {
        takes.filter { $0.value.member == member }.flatMap { number, take in
            take.items.lazy.filter(\.isOut).map { Receipt(sequence: $0.entry.sequence, take: number) }
        }
    }

    /// Gives back what has been out for too long. Attempts stay counted.
    package mutating func expire(at now: Timestamp) {
        guard let earliest = earliestDeadline, earliest <= now else { return }
        var returned: [Entry] = []
        for (number, take) in takes where take.deadline <= now {
            for item in take.items where item.isOut && item.deadline <= now {
                if let entry = remove(Receipt(sequence: item.entry.sequence, take: number)) { returned.append(entry) }
            }
            let left = take.items.lazy.filter { $0.isOut && $0.deadline > now }.map(\.deadline).min()
            if let left { takes[number]?.deadline = left }
        }
        earliestDeadline = takes.values.lazy.map(\.deadline).min()
        giveBack(returned)
    }

    // MARK: What is out

    private mutating func hold(_ entries: [Entry], as number: UInt64, for member: UInt64, until deadline: Timestamp) {
        assert(takes[number] == nil, "the number of a take is used once")
        nextTake = number + 1
        outstandingCount += entries.count
        takes[number] = Take(
            member: member, deadline: deadline,
            items: entries.map { entry in
                var item = Take.Item(entry: entry, deadline: deadline)
                item.entry.wasOut = true
                return item
            },
            remaining: entries.count)
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }

    mutating func remove(_ receipt: Receipt) -> Entry? {
        guard let take = takes.index(forKey: receipt.take),
            let place = takes.values[take].place(of: receipt.sequence)
        else { return nil }
        let entry = takes.values[take].end(place)
        outstandingCount -= 1
        assert(outstandingCount >= 0 && takes.values[take].remaining >= 0)
        if takes.values[take].remaining == 0 { takes.remove(at: take) }
        if takes.isEmpty { earliestDeadline = nil }
        return entry
    }

    // MARK: Keys

    /// Makes the take the owner of the entry's key, or lets the entry wait for the one that is.
    private mutating func claimKey(of entry: Entry, for take: UInt64) -> Bool {
        guard entry.key != 0 else { return true }
        guard let place = keys.index(forKey: entry.key) else {
            keys[entry.key] = Key(outstanding: 1, take: take)
            return true
        }
        guard keys.values[place].outstanding == 0 || keys.values[place].take == take else {
            keys.values[place].waiting.append(entry)
            waitingCount += 1
            return false
        }
        keys.values[place].outstanding += 1
        keys.values[place].take = take
        return true
    }

    /// Takes what waited for an event of its key along with that event.
    private mutating func claimFollowers(of entry: Entry, upTo maximum: Int, into entries: inout [Entry]) {
        guard entry.key != 0, let place = keys.index(forKey: entry.key) else { return }
        while entries.count < maximum, let next = keys.values[place].waiting.popFirst() {
            assert(next.sequence > entries[entries.count - 1].sequence, "events of a key go out in their order")
            keys.values[place].outstanding += 1
            waitingCount -= 1
            entries.append(next)
        }
    }

    /// One event of a key is not out any more; with the last one, the first of those that wait becomes ready.
    mutating func freeKey(of entry: Entry) {
        guard entry.key != 0, let place = keys.index(forKey: entry.key) else { return }
        assert(keys.values[place].outstanding > 0, "a key is freed only by events that are out")
        keys.values[place].outstanding -= 1
        guard keys.values[place].outstanding == 0 else { return }
        if let next = keys.values[place].waiting.popFirst() {
            waitingCount -= 1
            makeReady(next)
        } else {
            keys.remove(at: place)
        }
    }

    private mutating func makeReady(_ entry: Entry) {
        var place = 0
        var end = ready.count
        while place < end {
            let middle = (place + end) / 2
            if ready[middle].sequence < entry.sequence { place = middle + 1 } else { end = middle }
        }
        assert(place == ready.count || ready[place].sequence > entry.sequence, "an event is ready once")
        ready.insert(entry, at: place)
    }

    mutating func giveBack(_ entries: [Entry]) {
        for entry in entries.sorted(by: { $0.sequence > $1.sequence }) {
            if entry.key == 0 {
                makeReady(entry)
            } else {
                guard let key = keys.index(forKey: entry.key) else {
                    assertionFailure("the key of an event that is out has an owner")
                    continue
                }
                // In its place, nearly always the first: a copy of the line would take its whole length for each.
                let place = keys.values[key].waiting.firstIndex { $0.sequence > entry.sequence }
                keys.values[key].waiting.insert(entry, at: place ?? keys.values[key].waiting.count)
                waitingCount += 1
                freeKey(of: entry)
            }
        }
    }
}
