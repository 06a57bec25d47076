/// A wildcard with text on more than one side of its stars.
struct CompiledWildcard: Sendable {
    /// What follows if it matches: a slot or an exception.
    let target: Target
    /// Where its segments begin in the list of all segments.
    let firstSegment: Int32
    let segmentCount: Int32
}

/// Wildcards and their segments, in flat arrays.
struct WildcardList: Sendable {
    private struct Segment: Sendable {
        let offset: UInt32
        let length: UInt32
    }

    private var wildcards: [CompiledWildcard] = []
    private var segments: [Segment] = []
    private var arena: [UInt8] = []

    var count: Int { wildcards.count }

    /// Adds a wildcard.
    mutating func append(_ wildcard: Wildcard, target: Target) -> WildcardID {
        wildcards.append(
            CompiledWildcard(
                target: target, firstSegment: Int32(segments.count), segmentCount: Int32(wildcard.segments.count)))
        for segment in wildcard.segments {
            segments.append(Segment(offset: UInt32(arena.count), length: UInt32(segment.bytes.count)))
            arena.append(contentsOf: segment.bytes)
        }
        return WildcardID(wildcards.count - 1)
    }

    @inline(__always)
    func target(_ index: WildcardID) -> Target { wildcards[index].target }

    /// Whether a text matches: each segment where it first stands, since a later place could only leave less room.
    ///
    /// - Complexity: Linear in the text for each segment that is not found at once.
    func matches(_ index: WildcardID, _ text: UnsafePointer<UInt8>, count: Int) -> Bool {
        let wildcard = wildcards[index]
        let first = segments[Int(wildcard.firstSegment)]
        let last = segments[Int(wildcard.firstSegment + wildcard.segmentCount - 1)]
        return arena.withUnsafeBufferPointer { arena in
            guard let base = arena.baseAddress else { return true }
            var here = Int(first.length)
            let end = count - Int(last.length)
            guard here <= end, Bytes.equal(base + Int(first.offset), text, count: here),
                Bytes.equal(base + Int(last.offset), text + end, count: Int(last.length))
            else { return false }
            for number in 1..<max(Int(wildcard.segmentCount) - 1, 1) {
                let segment = segments[Int(wildcard.firstSegment) + number]
                guard
                    let found = Bytes.find(
                        base + Int(segment.offset), count: Int(segment.length), in: text + here, count: end - here)
                else { return false }
                here += found + Int(segment.length)
            }
            return true
        }
    }

    /// How many bytes of memory they take.
    var byteCount: Int {
        wildcards.capacity * MemoryLayout<CompiledWildcard>.stride + segments.capacity * 8 + arena.capacity
    }
}
