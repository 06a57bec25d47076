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
