import DequeModule
package import Tidings

/// The events by whose source and id a publisher's retry is recognised: those of the last two minutes, and a million at
/// most. Minutes go by a clock that nobody sets; of those before a restart the times of the records tell.
///
/// Of each it keeps a hash of 128 bits in the order of sequences, and a place in an open-addressed table: 32 bytes an
/// event. Two events would have to share 128 bits for one to be taken for the other.
package struct DuplicateWindow {
    private let limit: Int
    private let span: Duration
    private var identities: Deque<EventIdentity> = []
    /// The sequence of the oldest identity.
    private var base: UInt64
    private var table = IdentityTable(size: 1024)
    /// The smaller table that the one above takes the place of, and from which sequence on events are still there: two move
    /// with each that comes, so that none waits for a million to be moved.
    private var previous: (table: IdentityTable, from: UInt64)?
    /// From which sequence on the records have which time, a second apart.
    private var times: Deque<(sequence: UInt64, time: Timestamp)> = []

    /// - Parameter next: The sequence of the event that is added first.
    package init(limit: Int = 1_000_000, span: Duration = .seconds(120), next: UInt64 = 1) {
        self.limit = limit
        self.span = span
        base = next
    }

    /// The sequence of the oldest event that is known, or of the next one.
    package var start: UInt64 { base }

    var next: UInt64 { base + UInt64(identities.count) }

    /// The sequence of an event that is known.
    package func find(_ identity: EventIdentity) -> UInt64? {
        sequence(of: identity, in: table) ?? previous.flatMap { sequence(of: identity, in: $0.table) }
    }

    private func sequence(of identity: EventIdentity, in table: IdentityTable) -> UInt64? {
        table.first(of: identity) { sequence in
            let distance = (sequence &- base) & 0x7FFF_FFFF
            return identities[Int(distance)] == identity ? base + distance : nil
        }
    }

    /// Adds the event with the next sequence.
    package mutating func append(_ identity: EventIdentity, at time: Timestamp) {
        if times.last.map({ time - $0.time >= .seconds(1) }) ?? true { times.append((next, time)) }
        identities.append(identity)
        if identities.count * 2 > table.size { grow() }
        table.insert(IdentityTable.Slot(next - 1, identity))
        if previous != nil { moveTwo() }
        if identities.count > limit { removeFirst() }
    }

    /// Removes the last events that were added, because the log refused their record.
    package mutating func removeLast(_ count: Int) {
        for _ in 0..<count {
            remove(next - 1)
            identities.removeLast()
        }
        while let last = times.last, last.sequence >= next { times.removeLast() }
    }

    /// Removes what is older than the span, to the second.
    package mutating func expire(at now: Timestamp) {
        while let first = times.first, now - first.time > span + .seconds(1) {
            let end = times.count > 1 ? times[1].sequence : next
            while base < end { removeFirst() }
            if times.first?.sequence == first.sequence { times.removeFirst() }
        }
    }

    private mutating func removeFirst() {
        remove(base)
        identities.removeFirst()
        base += 1
        while times.count > 1, times[1].sequence <= base { times.removeFirst() }
    }

    /// Takes an event out of the table that it is in.
    private mutating func remove(_ sequence: UInt64) {
        let slot = IdentityTable.Slot(sequence, identities[Int(sequence - base)])
        if let from = previous?.from, sequence >= from, previous?.table.remove(slot) == true { return }
        table.remove(slot)
    }

    /// Goes on with a table of twice the size.
    private mutating func grow() {
        while previous != nil { moveTwo() }
        previous = (table, base)
        table = IdentityTable(size: table.size * 2)
    }

    /// Moves the next two events out of the smaller table; those that came since are in the larger one.
    private mutating func moveTwo() {
        guard var (small, from) = previous else { return }
        previous = nil
        from = max(from, base)
        // A record that was refused may have taken the last ones away.
        for sequence in from..<max(from, min(from + 2, next)) {
            let slot = IdentityTable.Slot(sequence, identities[Int(sequence - base)])
            if small.remove(slot) { table.insert(slot) }
        }
        from += 2
        if from < next, !small.isEmpty { previous = (small, from) }
    }
}
