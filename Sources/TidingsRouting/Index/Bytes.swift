/// Reading memory by words.
enum Bytes {
    /// Eight bytes, the first one lowest.
    @inline(__always)
    static func word(_ address: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(address).loadUnaligned(as: UInt64.self))
    }

    /// Up to seven bytes, the first one lowest, without touching another.
    @inline(__always)
    static func rest(_ address: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        if count >= 4 {
            let raw = UnsafeRawPointer(address)
            let low = UInt64(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
            let high = UInt64(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
            return low | high << UInt64(8 * (count - 4))
        }
        guard count > 0 else { return 0 }
        let middle = count >> 1
        return UInt64(address[0]) | UInt64(address[middle]) << UInt64(8 * middle)
            | UInt64(address[count - 1]) << UInt64(8 * (count - 1))
    }

    /// Whether two texts of one length are the same.
    @inline(__always)
    static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, count: Int) -> Bool {
        var place = 0
        while place + 8 <= count {
            guard word(left + place) == word(right + place) else { return false }
            place += 8
        }
        return rest(left + place, count - place) == rest(right + place, count - place)
    }
}

extension Bytes {
    /// Where a text first stands in another, or nil.
    ///
    /// - Complexity: Linear: where comparing bytes does not get on, it goes over to comparing hashes (Karp and Rabin
    ///   1987).
    static func find(
        _ needle: UnsafePointer<UInt8>, count: Int, in text: UnsafePointer<UInt8>, count length: Int
    ) -> Int? {
        guard count > 0 else { return 0 }
        guard length >= count else { return nil }
        let first = needle[0]
        var wasted = 0
        for start in 0...length - count where text[start] == first {
            var same = 1
            while same < count, text[start &+ same] == needle[same] { same &+= 1 }
            if same == count { return start }
            wasted += same
            if wasted > 8 * length {
                return findByHash(needle, count: count, in: text + start, count: length - start).map { start + $0 }
            }
        }
        return nil
    }

    private static func findByHash(
        _ needle: UnsafePointer<UInt8>, count: Int, in text: UnsafePointer<UInt8>, count length: Int
    ) -> Int? {
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
            guard start + count < length else { return nil }
            hash = (hash &- UInt64(text[start]) &* weight) &* base &+ UInt64(text[start + count])
            start += 1
        }
    }
}
