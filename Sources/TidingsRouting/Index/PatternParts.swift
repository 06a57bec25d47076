/// What follows if a slot is satisfied: one word.
struct SlotMeaning: Sendable {
    enum Kind {
        /// The id with this place in the order of insertion is an answer.
        case answer(order: Int32)
        /// A part is satisfied.
        case part(PartID)
    }

    /// The order of an answer, or the complement of the number of a part.
    private let rawValue: Int32

    init(answer order: Int32) {
        assert(order >= 0)
        rawValue = order
    }

    init(part: PartID) {
        rawValue = ~Int32(part.offset)
    }

    @inline(__always)
    var isPart: Bool { rawValue < 0 }

    @inline(__always)
    var kind: Kind { isPart ? .part(PartID(Int(~rawValue))) : .answer(order: rawValue) }
}

/// A field of patterns that have several, or that want one absent: it is shared by all that ask the same of it.
struct PatternPart: Sendable {
    /// For a part that also holds if its path has no value: the part that stands for having one.
    let presence: PartID
    /// The first of the alternatives that are looked at when this part holds.
    var alternatives = AlternativeID.none
    var alternativeCount: Int32 = 0
}

/// One way in which a pattern can hold: all its parts do.
struct PatternAlternative: Sendable {
    /// The place of the id in the order of insertion.
    let order: Int32
    let firstPart: Int32
    let partCount: Int32
    /// The next alternative that is looked at for the same part.
    let next: AlternativeID
}

/// The slots of one path that hold for every value unless something excludes them.
struct ExclusionGroup: Sendable {
    struct Word: Sendable {
        let index: Int32
        var bits: UInt64
        /// Those of the bits that are parts.
        var parts: UInt64
    }

    private(set) var words: [Word] = []

    /// - Parameter slot: A slot that is not smaller than any before.
    mutating func insert(_ slot: SlotID, isPart: Bool) {
        let slot = slot.offset
        let index = Int32(slot >> 6)
        assert(words.last.map { $0.index <= index } ?? true, "slots are added in their order")
        let bit: UInt64 = 1 << UInt64(slot & 63)
        if words.last?.index != index { words.append(Word(index: index, bits: 0, parts: 0)) }
        words[words.count - 1].bits |= bit
        if isPart { words[words.count - 1].parts |= bit }
    }

    /// How many bytes of memory it takes.
    var byteCount: Int { words.capacity * MemoryLayout<Word>.stride }
}
