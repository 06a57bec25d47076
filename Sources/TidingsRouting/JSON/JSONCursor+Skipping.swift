extension JSONCursor {
    /// Skips one value of a text that was validated before.
    @inline(__always)
    mutating func trustedValue() throws(JSONError) {
        switch byte {
        case 0x22: _ = try trustedString()
        case 0x7B, 0x5B: try trustedContainer()
        default: _ = try trustedScalar()
        }
    }

    /// Skips an object or an array of a text that was validated before, 64 bytes at a time: brackets outside of strings
    /// are counted, and a block is looked at more closely only if the container could end in it.
    private mutating func trustedContainer() throws(JSONError) {
        var open = 0
        var quotes = QuoteState()
        while position + 64 <= end {
            if let length = Self.close(in: StructureBlock(base + position), open: &open, quotes: &quotes) {
                position += length
                return
            }
            position += 64
        }
        let rest = end - position
        let length = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { padded -> Int? in
            padded.initialize(repeating: 0x20)
            guard let start = padded.baseAddress else { return nil }
            start.update(from: base + position, count: rest)
            return Self.close(in: StructureBlock(start), open: &open, quotes: &quotes)
        }
        guard let length else { throw JSONError(.endOfText, at: end) }
        position += length
    }

    /// How far into the block the container ends, if it does.
    @inline(__always)
    private static func close(in block: StructureBlock, open: inout Int, quotes: inout QuoteState) -> Int? {
        let outside = ~quotes.inside(block)
        let opens = block.opens & outside
        var closes = block.closes & outside
        let count = closes.nonzeroBitCount
        if count >= open {
            var closed = 0
            while closes != 0 {
                closed += 1
                let place = closes.trailingZeroBitCount
                let opened = (opens & (1 << UInt64(place) &- 1)).nonzeroBitCount
                if open + opened == closed { return place + 1 }
                closes &= closes &- 1
            }
        }
        open += opens.nonzeroBitCount - count
        return nil
    }
}
