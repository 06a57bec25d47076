extension SequenceSet.Chunk {
    private var isWhole: Bool { count == SequenceSet.chunkSize }

    var counted: Int {
        if isWhole { return count }
        return words.isEmpty ? values.count : words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    func contains(_ value: UInt16) -> Bool {
        if isWhole { return true }
        if !words.isEmpty { return words[Int(value >> 6)] >> UInt64(value & 63) & 1 != 0 }
        let index = place(of: value)
        return index < values.count && values[index] == value
    }

    mutating func insert(_ value: UInt16) -> Bool {
        if isWhole { return false }
        if words.isEmpty {
            let index = if let last = values.last, last < value { values.count } else { place(of: value) }
            if index < values.count, values[index] == value { return false }
            values.insert(value, at: index)
            count += 1
            if count > SequenceSet.valueLimit { useWords() }
            return true
        }
        let bit: UInt64 = 1 << UInt64(value & 63)
        guard words[Int(value >> 6)] & bit == 0 else { return false }
        words[Int(value >> 6)] |= bit
        count += 1
        if isWhole { words = [] }
        return true
    }

    mutating func remove(_ value: UInt16) -> Bool {
        if isWhole { words = ContiguousArray(repeating: .max, count: SequenceSet.chunkSize / 64) }
        if words.isEmpty {
            let index = place(of: value)
            guard index < values.count, values[index] == value else { return false }
            values.remove(at: index)
            count -= 1
            return true
        }
        let bit: UInt64 = 1 << UInt64(value & 63)
        guard words[Int(value >> 6)] & bit != 0 else { return false }
        words[Int(value >> 6)] &= ~bit
        count -= 1
        // Half of the limit, so that it does not change to and fro.
        if count <= SequenceSet.valueLimit / 2 { useValues() }
        return true
    }

    func next(from value: UInt16) -> UInt16? {
        if isWhole { return value }
        if words.isEmpty {
            let index = place(of: value)
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

    private func place(of value: UInt16) -> Int {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
