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
    private var table = [Slot](repeating: .empty, count: 1024)
    /// From which sequence on the records have which time, a second apart.
    private var times: Deque<(sequence: UInt64, time: Timestamp)> = []

    /// A place in the table: the low bits of a sequence and of its hash, which say which place is the best one.
    private struct Slot: Equatable {
        static let empty = Slot(bits: 0)
        private let bits: UInt64

        private init(bits: UInt64) { self.bits = bits }

        init(_ sequence: UInt64, _ identity: EventIdentity) {
            bits = (sequence & 0x7FFF_FFFF | 0x8000_0000) << 32 | identity.low & 0xFFFF_FFFF
        }

        var home: Int { Int(bits & 0xFFFF_FFFF) }
        var sequence: UInt64 { bits >> 32 & 0x7FFF_FFFF }

        func mayBe(_ identity: EventIdentity) -> Bool { bits & 0xFFFF_FFFF == identity.low & 0xFFFF_FFFF }
    }

    /// - Parameter next: The sequence of the event that is added first.
    package init(limit: Int = 1_000_000, span: Duration = .seconds(120), next: UInt64 = 1) {
        self.limit = limit
        self.span = span
        base = next
    }

    /// The sequence of the oldest event that is known, or of the next one.
    package var start: UInt64 { base }

    var next: UInt64 { base + UInt64(identities.count) }
    private var mask: Int { table.count - 1 }

    /// The sequence of an event that is known.
    package func find(_ identity: EventIdentity) -> UInt64? {
        var place = identity.home & mask
        while table[place] != .empty {
            if table[place].mayBe(identity) {
                let distance = (table[place].sequence &- base) & 0x7FFF_FFFF
                if identities[Int(distance)] == identity { return base + distance }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Adds the event with the next sequence.
    package mutating func append(_ identity: EventIdentity, at time: Timestamp) {
        if times.last.map({ time - $0.time >= .seconds(1) }) ?? true { times.append((next, time)) }
        identities.append(identity)
        if identities.count * 2 > table.count { grow() } else { insert(Slot(next - 1, identity)) }
        if identities.count > limit { removeFirst() }
    }

    /// Removes the last events that were added, because the log refused their record.
    package mutating func removeLast(_ count: Int) {
        for _ in 0..<count {
            remove(Slot(next - 1, identities[identities.count - 1]))
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
        remove(Slot(base, identities[0]))
        identities.removeFirst()
        base += 1
        while times.count > 1, times[1].sequence <= base { times.removeFirst() }
    }

    private mutating func insert(_ slot: Slot) {
        var place = slot.home & mask
        while table[place] != .empty { place = (place + 1) & mask }
        table[place] = slot
    }

    /// Takes a slot out of the table and closes the gap (Knuth, volume 3, algorithm 6.4R).
    private mutating func remove(_ slot: Slot) {
        var gap = slot.home & mask
        while table[gap] != slot {
            if table[gap] == .empty { return }
            gap = (gap + 1) & mask
        }
        var place = (gap + 1) & mask
        while table[place] != .empty {
            if (place - table[place].home) & mask >= (place - gap) & mask {
                table[gap] = table[place]
                gap = place
            }
            place = (place + 1) & mask
        }
        table[gap] = .empty
    }

    private mutating func grow() {
        table = [Slot](repeating: .empty, count: table.count * 2)
        for (index, identity) in identities.enumerated() { insert(Slot(base + UInt64(index), identity)) }
    }
}
