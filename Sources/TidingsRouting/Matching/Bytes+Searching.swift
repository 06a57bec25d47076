extension Bytes {
    /// Where a text first stands in another, or -1.
    ///
    /// - Complexity: Linear: where comparing bytes does not get on, it goes over to comparing hashes (Karp and Rabin
    ///   1987).
    static func find(
        _ needle: UnsafePointer<UInt8>, count: Int, in text: UnsafePointer<UInt8>, count length: Int
    ) -> Int {
        guard count > 0 else { return 0 }
        guard length >= count else { return -1 }
        let first = needle[0]
        var wasted = 0
        for start in 0...length - count where text[start] == first {
            var same = 1
            while same < count, text[start &+ same] == needle[same] { same &+= 1 }
            if same == count { return start }
            wasted += same
            if wasted > 8 * length {
                let found = findByHash(needle, count: count, in: text + start, count: length - start)
                return found < 0 ? -1 : start + found
            }
        }
        return -1
    }

    private static func findByHash(
        _ needle: UnsafePointer<UInt8>, count: Int, in text: UnsafePointer<UInt8>, count length: Int
    ) -> Int {
        let base = ByteHash.seed | 1
        var wanted: UInt64 = 0
        var hash: UInt64 = 0
        // The weight of the byte that leaves the window.
        var weight: UInt64 = 1
        for place in 0..<count {
            wanted = wanted &* base &+ UInt64(needle[place])
            hash = hash &* base &+ UInt64(text[place])
            if place > 0 { weight = weight &* base }
        }
        var start = 0
        while true {
            if hash == wanted, equal(needle, text + start, count: count) { return start }
            guard start + count < length else { return -1 }
            hash = (hash &- UInt64(text[start]) &* weight) &* base &+ UInt64(text[start + count])
            start += 1
        }
    }
}
