/// Where events stand by their identities: an open-addressed table of the low bits of sequences and of hashes.
struct IdentityTable {
    /// A place in the table: the low bits of a sequence, and of its hash, which say which place is the best one.
    struct Slot: Equatable {
        fileprivate static let empty = Slot(bits: 0)
        private let bits: UInt64

        private init(bits: UInt64) { self.bits = bits }

        init(_ sequence: UInt64, _ identity: EventIdentity) {
            bits = (sequence & 0x7FFF_FFFF | 0x8000_0000) << 32 | identity.low & 0xFFFF_FFFF
        }

        fileprivate var home: Int { Int(bits & 0xFFFF_FFFF) }
        fileprivate var sequence: UInt64 { bits >> 32 & 0x7FFF_FFFF }

        fileprivate func mayBe(_ identity: EventIdentity) -> Bool {
            bits & 0xFFFF_FFFF == identity.low & 0xFFFF_FFFF
        }
    }

    private var slots: [Slot]
    private var count = 0

    /// - Parameter size: A power of two.
    init(size: Int) {
        slots = [Slot](repeating: .empty, count: size)
    }

    var size: Int { slots.count }
    var isEmpty: Bool { count == 0 }
    private var mask: Int { slots.count - 1 }

    /// What a body makes of the first event that may have an identity: it gets the low 31 bits of its sequence, and returns nil
    /// if it is another one.
    func first<Result>(of identity: EventIdentity, _ body: (UInt64) -> Result?) -> Result? {
        var place = identity.home & mask
        while slots[place] != .empty {
            if slots[place].mayBe(identity), let result = body(slots[place].sequence) { return result }
            place = (place + 1) & mask
        }
        return nil
    }

    mutating func insert(_ slot: Slot) {
        var place = slot.home & mask
        while slots[place] != .empty { place = (place + 1) & mask }
        slots[place] = slot
        count += 1
    }

    /// Takes a slot out of the table and closes the gap (Knuth, volume 3, algorithm 6.4R).
    /// - Returns: Whether it was there.
    @discardableResult
    mutating func remove(_ slot: Slot) -> Bool {
        var gap = slot.home & mask
        while slots[gap] != slot {
            if slots[gap] == .empty { return false }
            gap = (gap + 1) & mask
        }
        count -= 1
        var place = (gap + 1) & mask
        while slots[place] != .empty {
            if (place - slots[place].home) & mask >= (place - gap) & mask {
                slots[gap] = slots[place]
                gap = place
            }
            place = (place + 1) & mask
        }
        slots[gap] = .empty
        return true
    }
}
