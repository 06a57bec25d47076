/// A set of sequences: a bit for each where they are dense, two bytes for each where they are sparse, and nothing for
/// stretches of 65,536 that are complete.
///
/// The compressed bitmap of Lemire and others, "Roaring Bitmaps" (2016), without its runs. What queues need it for grows
/// at the upper end and shrinks anywhere.
package struct SequenceSet: Sendable {
    /// The members of one stretch of 65,536 sequences: sorted values, or bits, or neither if all are members.
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

    /// A set of sequences in any order.
    package init(of sequences: [UInt64]) {
        // No event has the last number of all.
        for sequence in sequences where sequence < .max { insert(sequence) }
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

    /// Adds a sequence; `false` if it was a member.
    @discardableResult
    package mutating func insert(_ sequence: UInt64) -> Bool { insert(sequence..<sequence + 1) == 1 }

    /// Removes a sequence; `false` if it was not a member.
    @discardableResult
    package mutating func remove(_ sequence: UInt64) -> Bool { remove(sequence..<sequence + 1) == 1 }

    /// Adds sequences; returns how many of them were not members. Takes time in proportion to the stretches it touches.
    @discardableResult
    package mutating func insert(_ range: Range<UInt64>) -> Int {
        var added = 0
        Self.forEachPart(of: range) { number, values in
            var index = chunks.count - 1
            if index < 0 || chunks[index].number != number {
                index = place(of: number)
                if index == chunks.count || chunks[index].number != number {
                    chunks.insert(Chunk(number: number), at: index)
                }
            }
            added += chunks[index].insert(values)
        }
        count += added
        return added
    }

    /// Removes sequences; returns how many of them were members. Takes time in proportion to the stretches it touches.
    @discardableResult
    package mutating func remove(_ range: Range<UInt64>) -> Int {
        var removed = 0
        Self.forEachPart(of: range) { number, values in
            guard let index = index(of: number) else { return }
            removed += chunks[index].remove(values)
            if chunks[index].count == 0 { chunks.remove(at: index) }
        }
        count -= removed
        return removed
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

    /// The lowest member from a sequence on that is no member of another set.
    func next(from sequence: UInt64, notIn other: SequenceSet) -> UInt64? {
        var found = next(from: sequence)
        while let member = found, other.contains(member) { found = next(from: other.nextAbsent(from: member)) }
        return found
    }

    /// The lowest sequence from one on that is not a member.
    private func nextAbsent(from sequence: UInt64) -> UInt64 {
        var sequence = sequence
        while let index = index(of: sequence >> 16) {
            if let absent = chunks[index].nextAbsent(from: UInt16(truncatingIfNeeded: sequence)) {
                return chunks[index].number << 16 | UInt64(absent)
            }
            sequence = (chunks[index].number + 1) << 16
        }
        return sequence
    }

    /// How many members lie in a range. Takes time in proportion to the stretches it touches.
    package func count(in range: Range<UInt64>) -> Int {
        guard let last = range.last else { return 0 }
        var found = 0
        var index = place(of: range.lowerBound >> 16)
        while index < chunks.count, chunks[index].number <= last >> 16 {
            found += chunks[index].count(in: Self.values(of: range, in: chunks[index].number))
            index += 1
        }
        return found
    }

    /// Calls `body` with the number of each stretch that a range touches, and with what of the stretch is in the range.
    private static func forEachPart(of range: Range<UInt64>, _ body: (UInt64, Range<Int>) -> Void) {
        guard let last = range.last else { return }
        for number in range.lowerBound >> 16...last >> 16 { body(number, values(of: range, in: number)) }
    }

    /// What of a stretch that a range touches is in it.
    private static func values(of range: Range<UInt64>, in number: UInt64) -> Range<Int> {
        let start = number << 16
        let lower = range.lowerBound > start ? Int(range.lowerBound - start) : 0
        return lower..<Int(min(range.upperBound - start, UInt64(chunkSize)))
    }

    private func index(of number: UInt64) -> Int? {
        if let last = chunks.last, last.number == number { return chunks.count - 1 }
        let index = place(of: number)
        return index < chunks.count && chunks[index].number == number ? index : nil
    }

    /// The index of the first stretch with this number or a higher one.
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

extension SequenceSet {
    /// The members, the lowest first.
    var members: Members { Members(set: self) }

    struct Members: Sequence, IteratorProtocol {
        fileprivate let set: SequenceSet
        fileprivate var start: UInt64 = 0

        mutating func next() -> UInt64? {
            guard let member = set.next(from: start) else { return nil }
            start = member + 1
            return member
        }
    }
}
