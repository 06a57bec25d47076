/// A decimal number by its value: its sign, its significant digits and how many zeros follow them: -0.0150 is -, 15 and -3.
struct DecimalDigits: Hashable, Sendable {
    /// False for zero.
    private(set) var isNegative: Bool
    /// Without zeros at the beginning or the end; empty for zero.
    private(set) var digits: [UInt8]
    /// The power of ten of the last digit; 0 for zero. Powers beyond ±10¹⁵ are taken for ±10¹⁵.
    private(set) var exponent: Int

    static var exponentLimit: Int { 1_000_000_000_000_000 }

    var isZero: Bool { digits.isEmpty }
    var isInteger: Bool { exponent >= 0 }

    private init(trimming digits: [UInt8], exponent: Int, isNegative: Bool) {
        self.digits = Array(digits.drop { $0 == 0 })
        self.isNegative = isNegative && !self.digits.isEmpty
        self.exponent = exponent
        while self.digits.last == 0 {
            self.digits.removeLast()
            self.exponent += 1
        }
        if self.digits.isEmpty { self.exponent = 0 }
    }

    /// A number by the grammar of RFC 8259, or as Swift prints a double.
    init(parsing text: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        var fraction = 0
        var isInFraction = false
        var isNegative = false
        var exponent: Int?
        var isNegativeExponent = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "."): isInFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): exponent = 0
            case UInt8(ascii: "-"): if exponent == nil { isNegative = true } else { isNegativeExponent = true }
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if let before = exponent {
                    exponent = min(before * 10 + Int(digit), Self.exponentLimit)
                } else {
                    digits.append(digit)
                    if isInFraction { fraction += 1 }
                }
            default: break
            }
        }
        let power = isNegativeExponent ? -(exponent ?? 0) : exponent ?? 0
        self.init(trimming: digits, exponent: power - fraction, isNegative: isNegative)
    }

    /// The one decimal number that a double stands for, as people and programs write it: its shortest digits or, if it is
    /// a whole number and these are more than 15, all its digits.
    init(standingFor double: Double) {
        let shortest = DecimalDigits(parsing: double.description.utf8)
        self = shortest.digits.count > 15 && shortest.isInteger ? DecimalDigits(exactly: double) : shortest
    }

    /// Every digit of the number that a double holds; up to 767 of them.
    init(exactly double: Double) {
        var limbs = Limbs(double.significandBitPattern | (double.isNormal ? 1 << 52 : 0))
        let power = max(Int(double.exponentBitPattern), 1) - 1075
        if power >= 0 {
            limbs.multiply(by: 2, times: power)
            self.init(trimming: limbs.digits, exponent: 0, isNegative: double < 0)
        } else {
            // One half is five tenths.
            limbs.multiply(by: 5, times: -power)
            self.init(trimming: limbs.digits, exponent: power, isNegative: double < 0)
        }
    }
}

extension DecimalDigits: Comparable {
    /// Whether a number is less than another, whatever their digits and sizes.
    static func < (left: DecimalDigits, right: DecimalDigits) -> Bool {
        guard left.isNegative == right.isNegative else { return left.isNegative }
        return left.isNegative ? right.isCloserToZero(than: left) : left.isCloserToZero(than: right)
    }

    private func isCloserToZero(than other: DecimalDigits) -> Bool {
        guard !isZero, !other.isZero else { return isZero && !other.isZero }
        let place = digits.count + exponent
        let otherPlace = other.digits.count + other.exponent
        return place == otherPlace ? digits.lexicographicallyPrecedes(other.digits) : place < otherPlace
    }
}

extension DecimalDigits: CustomStringConvertible {
    /// The number in JSON's grammar; equal numbers have the same text.
    var description: String {
        guard !isZero else { return "0" }
        let text = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
        return (isNegative ? "-" : "") + (exponent == 0 ? text : "\(text)e\(exponent)")
    }
}

extension DecimalDigits {
    /// A whole number of any size, nine decimal digits a limb, the lowest first.
    private struct Limbs {
        private var limbs: [UInt64]

        init(_ number: UInt64) {
            limbs = [number % 1_000_000_000, number / 1_000_000_000]
            settle()
        }

        mutating func multiply(by factor: UInt64, times count: Int) {
            // The largest power of the factor that a limb can be multiplied by without overflow.
            let (step, power): (Int, UInt64) = factor == 2 ? (29, 1 << 29) : (13, 1_220_703_125)
            for _ in 0..<count / step { multiply(by: power) }
            for _ in 0..<count % step { multiply(by: factor) }
        }

        private mutating func multiply(by factor: UInt64) {
            for index in limbs.indices { limbs[index] *= factor }
            settle()
        }

        private mutating func settle() {
            var carry: UInt64 = 0
            for index in limbs.indices {
                let sum = limbs[index] + carry
                limbs[index] = sum % 1_000_000_000
                carry = sum / 1_000_000_000
            }
            while carry > 0 {
                limbs.append(carry % 1_000_000_000)
                carry /= 1_000_000_000
            }
        }

        var digits: [UInt8] {
            limbs.reversed().flatMap { limb in
                (0..<9).reversed().map { UInt8(limb / Self.powers[$0] % 10) }
            }
        }

        private static let powers: [UInt64] = [
            1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
        ]
    }
}
