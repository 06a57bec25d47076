/// A hash of bytes that gives the hash of each prefix, or of each suffix, on its way.
///
/// Eight bytes at a time are folded by a multiplication of 64 by 64 bits, as wyhash does. A seed that differs from
/// process to process keeps those who write patterns from choosing collisions; what is found never depends on it.
struct ByteHash {
    static let seed = UInt64(bitPattern: Int64(Hasher().finalize()))

    private var state: UInt64

    @inline(__always)
    init(seed: UInt64) {
        state = seed
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    mutating func add(_ chunk: UInt64) {
        state = Self.fold(state ^ chunk, 0x9E37_79B9_7F4A_7C15)
    }

    /// The hash in a domain, with what is left behind the last whole chunk.
    @inline(__always)
    func finished(_ rest: UInt64, count: Int, domain: UInt32) -> UInt32 {
        let last = Self.fold(
            state ^ rest ^ UInt64(truncatingIfNeeded: count) << 56,
            0xE703_7ED1_A0B4_28DB ^ UInt64(domain) &* 0x8EBC_6AF0_9C88_C6E3)
        return UInt32(truncatingIfNeeded: last ^ last >> 32)
    }

    /// The hash of a whole text.
    @inline(__always)
    static func of(_ bytes: UnsafePointer<UInt8>, count: Int, domain: UInt32, seed: UInt64) -> UInt32 {
        var hash = ByteHash(seed: seed)
        var place = 0
        while place + 8 <= count {
            hash.add(Bytes.word(bytes + place))
            place += 8
        }
        return hash.finished(Bytes.rest(bytes + place, count - place), count: count, domain: domain)
    }

    /// The hash of a whole text, from its end.
    static func reversed(_ bytes: UnsafePointer<UInt8>, count: Int, domain: UInt32, seed: UInt64) -> UInt32 {
        var hash = ByteHash(seed: seed)
        var left = count
        while left >= 8 {
            hash.add(Bytes.word(bytes + left - 8))
            left -= 8
        }
        return hash.finished(Bytes.rest(bytes, left), count: count, domain: domain)
    }
}
