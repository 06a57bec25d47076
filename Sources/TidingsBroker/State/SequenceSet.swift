/// A set of sequences: a bit for each where they stand densely, two bytes for each where they do not, and nothing for
/// stretches of 65,536 that are whole.
///
/// The compressed bitmap of Lemire and others, "Roaring Bitmaps" (2016), without its runs. What queues need it for grows
/// at the upper end and shrinks anywhere.
package struct SequenceSet: Sendable {
    /// The members of one stretch of 65,536 sequences: sorted values, or bits, or neither where all are members.
    struct Chunk: Sendable {
        let number: UInt64
        var count = 0
        var values: ContiguousArray<UInt16> = []
        var words: ContiguousArray<UInt64> = []
    }

    static let chunkSize = 1 << 16
    /// Above this many values, bits take less room.
    static let valueLimit = 4096

    private(set) var chunks: [Chunk] = []
    /// How many sequences are members.
    package private(set) var count = 0

    package init() {}

    /// A set of stretches in their order.
    init(_ chunks: [Chunk]) {
        self.chunks = chunks
        count = chunks.reduce(0) { $0 + $1.count }
    }

    package var isEmpty: Bool { count == 0 }

    /// The lowest member.
    package var first: UInt64? { next(from: 0) }

    /// How many members there are when they are counted one by one.
    package var countedMembers: Int { chunks.reduce(0) { $0 + $1.counted } }

    /// How many bytes the members take.
    package var byteCount: Int {
        chunks.reduce(chunks.capacity * MemoryLayout<Chunk>.stride) {
            $0 + $1.values.capacity * 2 + $1.words.capacity * 8
        }
    }

    package func contains(_ sequence: UInt64) -> Bool {
        guard let index = index(of: sequence >> 16) else { return false }
        return chunks[index].contains(UInt16(truncatingIfNeeded: sequence))
    }

    /// Adds a sequence; `false` where it was there.
    @discardableResult
    package mutating func insert(_ sequence: UInt64) -> Bool {
        let number = sequence >> 16
        let index: Int
        if let last = chunks.last, last.number == number {
            index = chunks.count - 1
        } else {
            index = place(of: number)
            if index == chunks.count || chunks[index].number != number {
                chunks.insert(Chunk(number: number), at: index)
            }
        }
        guard chunks[index].insert(UInt16(truncatingIfNeeded: sequence)) else { return false }
        count += 1
        return true
    }

    /// Removes a sequence; `false` where it was not there.
    @discardableResult
    package mutating func remove(_ sequence: UInt64) -> Bool {
        guard let index = index(of: sequence >> 16), chunks[index].remove(UInt16(truncatingIfNeeded: sequence)) else {
            return false
        }
        if chunks[index].count == 0 { chunks.remove(at: index) }
        count -= 1
        return true
    }

    /// The lowest member from a sequence on.
    package func next(from sequence: UInt64) -> UInt64? {
        var index = place(of: sequence >> 16)
        guard index < chunks.count else { return nil }
        if chunks[index].number == sequence >> 16 {
            let low = UInt16(truncatingIfNeeded: sequence)
            if let found = chunks[index].next(from: low) { return chunks[index].number << 16 | UInt64(found) }
            index += 1
        }
        guard index < chunks.count, let found = chunks[index].next(from: 0) else { return nil }
        return chunks[index].number << 16 | UInt64(found)
    }

    /// How many members lie in a range. Takes time in proportion to the stretches it touches.
    package func count(in range: Range<UInt64>) -> Int {
        guard !range.isEmpty else { return 0 }
        var found = 0
        var index = place(of: range.lowerBound >> 16)
        while index < chunks.count, chunks[index].number <= (range.upperBound - 1) >> 16 {
            let start = chunks[index].number << 16
            if range.lowerBound <= start, range.upperBound - start >= UInt64(Self.chunkSize) {
                found += chunks[index].count
            } else {
                var next = max(range.lowerBound, start)
                while let member = self.next(from: next), member < range.upperBound, member >> 16 == start >> 16 {
                    found += 1
                    next = member + 1
                }
            }
            index += 1
        }
        return found
    }

    private func index(of number: UInt64) -> Int? {
        if let last = chunks.last, last.number == number { return chunks.count - 1 }
        let index = place(of: number)
        return index < chunks.count && chunks[index].number == number ? index : nil
    }

    /// Where the first stretch stands that has this number or a higher one.
    private func place(of number: UInt64) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
