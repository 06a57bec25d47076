extension SequenceSet.Chunk {
    private var isWhole: Bool { count == SequenceSet.chunkSize }

    var counted: Int {
        if isWhole { return count }
        return words.isEmpty ? values.count : words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    func contains(_ value: UInt16) -> Bool {
        if isWhole { return true }
        if !words.isEmpty { return words[Int(value >> 6)] >> UInt64(value & 63) & 1 != 0 }
        let index = place(of: Int(value))
        return index < values.count && values[index] == value
    }

    /// How many of some values are members.
    func count(in range: Range<Int>) -> Int {
        if isWhole || range.count == SequenceSet.chunkSize { return min(count, range.count) }
        if words.isEmpty { return places(of: range).count }
        var found = 0
        Self.forEachWord(of: range) { word, mask in found += (words[word] & mask).nonzeroBitCount }
        return found
    }

    /// Adds values; returns how many of them were not members.
    mutating func insert(_ range: Range<Int>) -> Int {
        if isWhole { return 0 }
        let before = count
        if words.isEmpty, count + range.count <= SequenceSet.valueLimit {
            let places = places(of: range)
            if places.count == range.count { return 0 }
            values.replaceSubrange(places, with: range.lazy.map { UInt16($0) })
            count = values.count
            return count - before
        }
        if words.isEmpty { useWords() }
        Self.forEachWord(of: range) { word, mask in
            count += (mask & ~words[word]).nonzeroBitCount
            words[word] |= mask
        }
        if isWhole { words = [] }
        return count - before
    }

    /// Removes values; returns how many of them were members.
    mutating func remove(_ range: Range<Int>) -> Int {
        let before = count
        if isWhole { words = ContiguousArray(repeating: .max, count: SequenceSet.chunkSize / 64) }
        if words.isEmpty {
            values.removeSubrange(places(of: range))
            count = values.count
            return before - count
        }
        Self.forEachWord(of: range) { word, mask in
            count -= (words[word] & mask).nonzeroBitCount
            words[word] &= ~mask
        }
        // Half of the limit, so that a few changes do not convert it back and forth.
        if count <= SequenceSet.valueLimit / 2 { useValues() }
        return before - count
    }

    /// Calls `body` with each word that some values touch, and with a mask of their bits in it.
    private static func forEachWord(of range: Range<Int>, _ body: (Int, UInt64) -> Void) {
        var lower = range.lowerBound
        while lower < range.upperBound {
            let word = lower >> 6
            let upper = min(range.upperBound, (word + 1) << 6)
            body(word, (UInt64.max >> UInt64(64 - (upper - lower))) << UInt64(lower & 63))
            lower = upper
        }
    }

    /// The indexes of the sorted values that lie in a range.
    private func places(of range: Range<Int>) -> Range<Int> {
        if let last = values.last, last < range.lowerBound { return values.count..<values.count }
        let lower = place(of: range.lowerBound)
        if lower < values.count, range.count == 1 {
            return lower..<(values[lower] == range.lowerBound ? lower + 1 : lower)
        }
        return lower..<place(of: range.upperBound)
    }

    func next(from value: UInt16) -> UInt16? {
        if isWhole { return value }
        if words.isEmpty {
            let index = place(of: Int(value))
            return index < values.count ? values[index] : nil
        }
        var word = Int(value >> 6)
        var bits = words[word] & (UInt64.max << UInt64(value & 63))
        while bits == 0 {
            word += 1
            guard word < words.count else { return nil }
            bits = words[word]
        }
        return UInt16(word << 6 | bits.trailingZeroBitCount)
    }

    /// The lowest value from one on that is not there; nil if all are.
    func nextAbsent(from value: UInt16) -> UInt16? {
        if isWhole { return nil }
        if words.isEmpty {
            var (index, absent) = (place(of: Int(value)), Int(value))
            while index < values.count, Int(values[index]) == absent { (index, absent) = (index + 1, absent + 1) }
            return UInt16(exactly: absent)
        }
        var word = Int(value >> 6)
        var bits = ~words[word] & (UInt64.max << UInt64(value & 63))
        while bits == 0 {
            word += 1
            guard word < words.count else { return nil }
            bits = ~words[word]
        }
        return UInt16(word << 6 | bits.trailingZeroBitCount)
    }

    private mutating func useWords() {
        words = ContiguousArray(repeating: 0, count: SequenceSet.chunkSize / 64)
        for value in values { words[Int(value >> 6)] |= 1 << UInt64(value & 63) }
        values = []
    }

    private mutating func useValues() {
        values.reserveCapacity(count)
        var value = next(from: 0)
        while let found = value {
            values.append(found)
            value = found < .max ? next(from: found + 1) : nil
        }
        words = []
    }

    private func place(of value: Int) -> Int {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
