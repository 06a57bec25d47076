#if arch(x86_64) && canImport(_Builtin_intrinsics)
internal import _Builtin_intrinsics.intel.sse2
#endif

/// Sixteen bytes of a text, and where in them something stands: bit `n` of an answer is byte `n`.
///
/// On x86-64 each answer is a comparison and a `pmovmskb`, which every such processor has; elsewhere it takes a few
/// multiplications on words of eight bytes.
struct ByteBlock {
    static let size = 16

    #if arch(x86_64) && canImport(_Builtin_intrinsics)
    private let vector: __m128i

    /// - Precondition: Sixteen bytes can be read from there.
    @inline(__always)
    init(_ address: UnsafePointer<UInt8>) {
        vector = UnsafeRawPointer(address).loadUnaligned(as: __m128i.self)
    }

    private init(vector: __m128i) {
        self.vector = vector
    }

    @inline(__always)
    private static func mask(_ vector: __m128i) -> UInt64 {
        UInt64(truncatingIfNeeded: UInt32(bitPattern: _mm_movemask_epi8(vector)))
    }

    @inline(__always)
    private static func splat(_ byte: UInt8) -> __m128i {
        _mm_set1_epi8(CChar(bitPattern: byte))
    }

    /// Where this byte stands.
    @inline(__always)
    func equal(to byte: UInt8) -> UInt64 {
        Self.mask(_mm_cmpeq_epi8(vector, Self.splat(byte)))
    }

    /// The same bytes with the bit set that sets lower-case letters, and braces, off from upper-case, and brackets.
    @inline(__always)
    var lowered: ByteBlock {
        ByteBlock(vector: _mm_or_si128(vector, Self.splat(0x20)))
    }

    /// Where a string ends or needs a closer look: quotes, backslashes, control characters, what is not ASCII.
    @inline(__always)
    var stringStops: UInt64 {
        let ends = _mm_or_si128(_mm_cmpeq_epi8(vector, Self.splat(0x22)), _mm_cmpeq_epi8(vector, Self.splat(0x5C)))
        // Signed, so that bytes from 0x80 on are below as well.
        return Self.mask(_mm_or_si128(ends, _mm_cmplt_epi8(vector, Self.splat(0x20))))
    }

    /// Where quotes or backslashes stand.
    @inline(__always)
    var quotesAndBackslashes: UInt64 {
        Self.mask(
            _mm_or_si128(_mm_cmpeq_epi8(vector, Self.splat(0x22)), _mm_cmpeq_epi8(vector, Self.splat(0x5C))))
    }

    /// Where decimal digits stand.
    @inline(__always)
    var digits: UInt64 {
        // Moves 0...9 to the lowest of the signed values.
        let moved = _mm_add_epi8(vector, Self.splat(0x80 &- 0x30))
        return Self.mask(_mm_cmplt_epi8(moved, Self.splat(0x8A)))
    }
    #else
    private let low: UInt64
    private let high: UInt64

    /// - Precondition: Sixteen bytes can be read from there.
    @inline(__always)
    init(_ address: UnsafePointer<UInt8>) {
        let raw = UnsafeRawPointer(address)
        low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
        high = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The top bits of the bytes, gathered.
    @inline(__always)
    private static func gather(_ low: UInt64, _ high: UInt64) -> UInt64 {
        let first = ((low & tops) &* 0x0002_0408_1020_4081) >> 56
        let second = ((high & tops) &* 0x0002_0408_1020_4081) >> 56
        return first | second << 8
    }

    /// The top bit of each byte that is zero.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        ~(((word & ~tops) &+ ~tops) | word | ~tops)
    }

    /// The top bit of each byte that is less than a limit of at most 0x80.
    @inline(__always)
    private static func less(_ word: UInt64, than limit: UInt64) -> UInt64 {
        ~(((word & ~tops) &+ (0x80 &- limit) &* ones) | word) & tops
    }

    /// Where this byte stands.
    @inline(__always)
    func equal(to byte: UInt8) -> UInt64 {
        let splat = UInt64(byte) &* Self.ones
        return Self.gather(Self.zeros(low ^ splat), Self.zeros(high ^ splat))
    }

    /// The same bytes with the bit set that sets lower-case letters, and braces, off from upper-case, and brackets.
    @inline(__always)
    var lowered: ByteBlock {
        ByteBlock(low: low | 0x20 &* Self.ones, high: high | 0x20 &* Self.ones)
    }

    /// Where a string ends or needs a closer look: quotes, backslashes, control characters, what is not ASCII.
    @inline(__always)
    var stringStops: UInt64 {
        quotesAndBackslashes
            | Self.gather(Self.less(low, than: 0x20) | low & Self.tops, Self.less(high, than: 0x20) | high & Self.tops)
    }

    /// Where quotes or backslashes stand.
    @inline(__always)
    var quotesAndBackslashes: UInt64 {
        equal(to: 0x22) | equal(to: 0x5C)
    }

    /// Where decimal digits stand.
    @inline(__always)
    var digits: UInt64 {
        Self.gather(
            Self.less(low, than: 0x3A) & ~Self.less(low, than: 0x30),
            Self.less(high, than: 0x3A) & ~Self.less(high, than: 0x30))
    }
    #endif
}
