/// A match on its way through an event.
struct EventWalk {
    var cursor: JSONCursor
    /// Whether the text was validated before, so that what nobody asks for need not be looked at.
    let isTrusted: Bool
    /// The word of slots that holds all there are once each of them is satisfied; zero where that is not looked for.
    private let everySlot: UInt64
    let scratch: MatchScratch
    /// What `scratch` owns, so that reaching it costs no check of exclusive access.
    private let slots: UnsafeMutablePointer<UInt64>
    private let summary: UnsafeMutablePointer<UInt64>
    private let partMarks: UnsafeMutablePointer<MatchScratch.PartMark>
    private let wildcardMarks: UnsafeMutablePointer<UInt64>
    private let number: UInt32
    private var valueNumber: UInt64
    /// The slots that a value excludes, and the ranges it may be in; taken from `scratch` for the same reason.
    var exceptions: [SlotID] = []
    var intervals: [IntervalSet.Interval] = []
    /// The element of an array that holds what is read now; 0 outside of arrays.
    var place: Int32 = 0

    /// - Parameter slotCount: How many slots the index has.
    init(_ cursor: JSONCursor, isTrusted: Bool, slotCount: Int, scratch: MatchScratch) {
        self.cursor = cursor
        self.isTrusted = isTrusted
        everySlot = isTrusted && (1...64).contains(slotCount) ? ~0 >> UInt64(64 - slotCount) : 0
        self.scratch = scratch
        slots = scratch.slots
        summary = scratch.summary
        partMarks = scratch.partMarks
        wildcardMarks = scratch.wildcardMarks
        number = scratch.number
        valueNumber = scratch.valueNumber
        swap(&exceptions, &scratch.exceptions)
        swap(&intervals, &scratch.intervals)
    }

    /// Whether nothing that follows can change the answer: each test there is holds already, wherever else its field
    /// may come again.
    @inline(__always)
    var isDecided: Bool { everySlot != 0 && slots[0] == everySlot }

    /// Begins with another value.
    @inline(__always)
    mutating func nextValue() { valueNumber &+= 1 }

    /// Whether a wildcard was tried on this value.
    @inline(__always)
    func hasTried(_ wildcard: WildcardID) -> Bool { wildcardMarks[wildcard.offset] == valueNumber }

    /// Notes that a wildcard is tried on this value.
    @inline(__always)
    func markTried(_ wildcard: WildcardID) { wildcardMarks[wildcard.offset] = valueNumber }

    /// Gives back what it took.
    mutating func end() {
        scratch.valueNumber = valueNumber
        swap(&exceptions, &scratch.exceptions)
        swap(&intervals, &scratch.intervals)
    }

    @inline(__always)
    func contains(_ slot: SlotID) -> Bool { slots[slot.offset >> 6] >> UInt64(slot.offset & 63) & 1 != 0 }

    @inline(__always)
    func insert(_ slot: SlotID) { insert(1 << UInt64(slot.offset & 63), inWord: slot.offset >> 6) }

    @inline(__always)
    func insert(_ bits: UInt64, inWord word: Int) {
        slots[word] |= bits
        summary[word >> 6] |= 1 << UInt64(word & 63)
    }

    @inline(__always)
    func remove(_ slot: SlotID) { slots[slot.offset >> 6] &= ~(1 << UInt64(slot.offset & 63)) }

    /// Notes that a part was satisfied.
    func satisfy(_ part: PartID) {
        if place == 0 { partMarks[part.offset].free = number } else { hit(part) }
    }

    /// Notes that a part was satisfied inside of an array.
    func hit(_ part: PartID) {
        let mark = partMarks + part.offset
        if mark.pointee.bound != number {
            mark.pointee.bound = number
            mark.pointee.hits = .none
            mark.pointee.sortedStart = .none
            scratch.satisfiedParts.append(part)
        } else if !mark.pointee.hits.isNone, scratch.hits[mark.pointee.hits].place == place {
            return
        }
        scratch.hits.append(MatchScratch.Hit(part: part, place: place, next: mark.pointee.hits))
        mark.pointee.hits = HitLink(scratch.hits.count - 1)
    }
}
