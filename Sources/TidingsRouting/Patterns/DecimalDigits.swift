/// A decimal number as its significant digits and how many zeros follow them: 0.0150 is 15 and -3.
struct DecimalDigits: Equatable {
    /// Without zeros at the beginning or the end; empty for zero.
    private(set) var digits: [UInt8]
    /// The power of ten of the last digit, clamped far beyond what doubles have; 0 for zero.
    private(set) var exponent: Int

    var isZero: Bool { digits.isEmpty }
    var isInteger: Bool { exponent >= 0 }

    private init(trimming digits: [UInt8], exponent: Int) {
        self.digits = Array(digits.drop { $0 == 0 })
        self.exponent = exponent
        while self.digits.last == 0 {
            self.digits.removeLast()
            self.exponent += 1
        }
        if self.digits.isEmpty { self.exponent = 0 }
    }

    /// The digits of a number by the grammar of RFC 8259, or as Swift prints a double; the sign is left out.
    init(parsing text: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        var fraction = 0
        var isInFraction = false
        var exponent: Int?
        var isNegativeExponent = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "."): isInFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): exponent = 0
            case UInt8(ascii: "-"): isNegativeExponent = exponent != nil
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if let before = exponent {
                    exponent = min(before * 10 + Int(digit), 1_000_000_000)
                } else {
                    digits.append(digit)
                    if isInFraction { fraction += 1 }
                }
            default: break
            }
        }
        let power = isNegativeExponent ? -(exponent ?? 0) : exponent ?? 0
        self.init(trimming: digits, exponent: power - fraction)
    }

    /// Every digit of the number that a double holds; up to 767 of them.
    init(exactly double: Double) {
        var limbs = Limbs(double.significandBitPattern | (double.isNormal ? 1 << 52 : 0))
        let power = max(Int(double.exponentBitPattern), 1) - 1075
        if power >= 0 {
            limbs.multiply(by: 2, times: power)
            self.init(trimming: limbs.digits, exponent: 0)
        } else {
            // One half is five tenths.
            limbs.multiply(by: 5, times: -power)
            self.init(trimming: limbs.digits, exponent: power)
        }
    }
}

extension DecimalDigits: CustomStringConvertible {
    /// The number in JSON's grammar, without a sign.
    var description: String {
        guard !isZero else { return "0" }
        let text = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
        return exponent == 0 ? text : "\(text)e\(exponent)"
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
