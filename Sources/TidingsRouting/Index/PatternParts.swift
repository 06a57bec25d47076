/// A field of patterns that have several, or that want one absent: it is shared by all that ask the same of it.
struct PatternPart: Sendable {
    /// For a part that also holds if its path has no value: the part that stands for having one; otherwise -1.
    let presence: Int32
    /// The first of the alternatives that are looked at when this part holds.
    var alternatives: Int32 = -1
    var alternativeCount: Int32 = 0
}

/// One way in which a pattern can hold: all its parts do.
struct PatternAlternative: Sendable {
    /// The place of the id in the order of insertion, or -1 if it was removed.
    let order: Int32
    let firstPart: Int32
    let partCount: Int32
    /// The next alternative that hangs on the same part.
    let next: Int32
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
    mutating func insert(_ slot: Int, isPart: Bool) {
        let index = Int32(slot >> 6)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        if words.last?.index != index { words.append(Word(index: index, bits: 0, parts: 0)) }
        words[words.count - 1].bits |= bit
        if isPart { words[words.count - 1].parts |= bit }
    }

    /// How many bytes of memory it takes.
    var byteCount: Int { words.capacity * MemoryLayout<Word>.stride }
}
