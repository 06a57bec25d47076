/// The events of one consumer group and the members that have them: a pure state machine, without clock, lock or I/O.
///
/// It holds references by sequence, never events; its user may attach an object to each. Order by key: while an event of a
/// key is out, other events of that key wait, except that one take may hold several of them in order. What comes back
/// (released, its time-out ended, or inserted again after it was gone) goes to its place by sequence among those that
/// wait; later ones of its key that are out already finish first.
///
/// Time is uptime, which nobody sets: a lease lasts as long as it says whatever becomes of the wall clock. A take, a
/// settlement and a time-out cost the same however many other events are out.
package struct DeliveryQueue: Sendable {
    /// A reference to an event.
    package struct Entry: Sendable {
        package internal(set) var sequence: UInt64
        /// A hash of the ordering key; 0 if the event has none. Two keys of one hash only wait for each other.
        package internal(set) var key: UInt64
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

    /// What was added and no take has come to yet.
    var added = AddedEvents()
    /// What else may be taken: what came back or was inserted, and the lines of keys of which nothing is out.
    var returned = BinaryHeap<Candidate>()
    /// The keys that a take has come to, while an event of theirs is out or waits in line.
    var lines: [UInt64: Line] = [:]
    /// How many events wait elsewhere than in `added`.
    var returnedCount = 0
    /// The highest sequence that a take has come to.
    var reached: UInt64 = 0
    /// How many events are out.
    package internal(set) var outstandingCount = 0
    /// How many of them nobody has: they wait for their next attempt.
    package internal(set) var heldCount = 0
    /// The number of the next hold. Holds are takes of nobody, with numbers of their own.
    var nextHold = firstHold
    static let firstHold: UInt64 = 1 << 63
    var takes = TakeTable()
    var nextTake: UInt64
    /// When takes end. No take ends before its note says.
    var deadlines = Reminders<Deadline>()
    /// The takes of each member, ended ones among them.
    var members: [UInt64: MemberTakes] = [:]
    /// Where the lowest sequences are that are out or wait for one that is.
    var lowest = Reminders<Low>()
    /// How many leases and notes were looked at, for those that no call asked about: what must not grow with what is out.
    package internal(set) var steps = 0

    /// Makes an empty queue.
    /// - Parameter takes: how many takes there were before it was made, so that their receipts stay out of force.
    package init(takes: UInt64 = 0) {
        nextTake = takes + 1
    }

    /// How many events wait to be taken.
    package var pendingCount: Int { added.count + returnedCount }
    /// How many runs of entries those are that no take has come to.
    package var runCount: Int { added.runCount }
    /// How many entries and runs of entries the events take that wait: what their memory depends on.
    package var weight: Int { added.runCount + returnedCount }
    /// How many events may be taken at once, without looking at keys: of those that wait behind others of their key, one.
    package var readyCount: Int { added.count + returned.count }
    /// Whether a take may find something, without counting time-outs.
    package var hasReady: Bool { !added.isEmpty || !returned.isEmpty }
    /// How many takes there were, so that a queue that is made in the place of this one goes on counting.
    package var takeCount: UInt64 { nextTake - 1 }

    /// How many notes of takes it keeps, wrong ones among them: at most about four for each take that is out.
    package var noteCount: Int {
        members.values.reduce(deadlines.count + lowest.count) { $0 + $1.numbers.count }
    }

    /// Calls `body` with each entry that is out, in no particular order.
    package func forEachOutstanding(_ body: (Entry) -> Void) {
        for take in takes.all {
            for item in take.items where item.isOut { body(item.entry) }
        }
    }

    /// Calls `body` with each entry that waits to be taken, in no particular order.
    package func forEachPending(_ body: (Entry) -> Void) {
        added.forEach(body)
        for candidate in returned.elements where !candidate.isLine { body(candidate.entry) }
        for line in lines.values { line.waiting.forEach(body) }
    }

    /// Takes the next events that may go out, for a member of the group.
    /// - Returns: the number of this take and its entries by sequence, their attempts counted; empty when there is nothing.
    package mutating func take(
        atMost maximum: Int, for member: UInt64, at now: Duration, visibility: Duration
    ) -> (UInt64, [Entry]) {
        expire(at: now)
        var entries: [Entry] = []
        let number = nextTake
        while entries.count < maximum, let entry = popNext() {
            guard claim(entry, for: number) else { continue }
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
        tidyReturned()
        return (number, entries)
    }
}
