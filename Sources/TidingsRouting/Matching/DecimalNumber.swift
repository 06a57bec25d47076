/// A JSON number as the nearest double.
struct DecimalNumber {
    /// The nearest double; infinite where the number is beyond what doubles hold; never -0.
    let value: Double
    /// Whether the double is certain to hold the number exactly as written: it has few digits and is of common size.
    let isShort: Bool

    /// - Parameter bytes: A number by the grammar of RFC 8259; anything else has a value all the same.
    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>, count: Int) {
        var significand: UInt64 = 0
        var digits = 0
        var exponent = 0
        var place = 0
        let isNegative = count > 0 && bytes[0] == 0x2D
        if isNegative { place = 1 }
        var isInFraction = false
        while place < count {
            let digit = bytes[place] &- 0x30
            if digit < 10 {
                if digits < 19 {
                    significand = significand &* 10 &+ UInt64(digit)
                    // Leading zeros are no digits.
                    if significand != 0 { digits &+= 1 }
                    if isInFraction { exponent &-= 1 }
                } else {
                    digits = 20
                    break
                }
            } else if bytes[place] == 0x2E {
                isInFraction = true
            } else {
                break
            }
            place &+= 1
        }
        if digits < 20, place == count, let near = Self.scaled(significand, exponent) {
            value = near == 0 ? 0 : (isNegative ? -near : near)
            isShort = digits <= 15
        } else {
            let parsed = Double(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
            value = parsed == 0 ? 0 : parsed ?? .nan
            isShort = false
        }
    }

    /// A whole number times a power of ten, rounded once, to the nearest and to even; nil if the power is out of reach.
    @inline(__always)
    private static func scaled(_ significand: UInt64, _ exponent: Int) -> Double? {
        if exponent == 0 || significand == 0 { return Double(significand) }
        guard exponent >= -27, exponent < 0 else { return nil }
        let power = powersOfFive[-exponent]
        if significand <= 1 << 53, -exponent <= 22 {
            // Both are exact, so that the division rounds once. Ten to the 22nd is the last exact one.
            return Double(significand) / (Double(power) * powerOfTwo(-exponent))
        }
        // Shifted so that the quotient has 63 or 64 bits, then rounded by what is left.
        let shift = significand.leadingZeroBitCount
        let top = power.leadingZeroBitCount
        let divisor = power << UInt64(top)
        let scaled = significand << UInt64(shift)
        let (quotient, remainder) = divisor.dividingFullWidth(
            (high: scaled >> 1, low: scaled << 63))
        // The sticky bit stands for what is behind the quotient; it is below all that rounding looks at.
        let sticky = quotient | (remainder == 0 ? 0 : 1)
        return Double(sticky) * powerOfTwo(exponent - shift + top - 63)
    }

    /// - Parameter exponent: One of a normal double.
    @inline(__always)
    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: exponent + 1023) << 52)
    }

    private static let powersOfFive: [UInt64] = (0...27).map { power in
        (0..<power).reduce(UInt64(1)) { result, _ in result * 5 }
    }
}
