/// A JSON number: the decimal that was written, and the double that stands for it if one does.
struct ReferenceNumber: Equatable {
    private struct Decimal: Equatable {
        /// Without zeros at either end; empty for zero.
        var digits: [UInt8]
        /// The power of ten of the last digit.
        var exponent: Int

        init(digits: [UInt8], exponent: Int) {
            self.digits = Array(digits.drop { $0 == 0 })
            self.exponent = exponent
            while self.digits.last == 0 {
                self.digits.removeLast()
                self.exponent += 1
            }
            if self.digits.isEmpty { self.exponent = 0 }
        }

        init(_ text: String) {
            let parts = text.lowercased().drop { $0 == "-" || $0 == "+" }.split(separator: "e")
            let number = parts[0].split(separator: ".")
            let fraction = number.count > 1 ? number[1].utf8.map { $0 - 48 } : []
            // An exponent of more digits than an integer has is beyond every double, on the side its sign says.
            let exponent = parts.count > 1 ? Int(parts[1]) ?? (parts[1].hasPrefix("-") ? -1_000_000 : 1_000_000) : 0
            self.init(digits: number[0].utf8.map { $0 - 48 } + fraction, exponent: exponent - fraction.count)
        }

        /// How it compares with another of the same sign: by the place of the first digit, then digit by digit.
        func order(to other: Decimal) -> Int {
            if digits.isEmpty || other.digits.isEmpty { return digits.count.signum() - other.digits.count.signum() }
            let place = digits.count + exponent - other.digits.count - other.exponent
            if place != 0 { return place.signum() }
            for index in 0..<max(digits.count, other.digits.count) {
                let one = index < digits.count ? Int(digits[index]) : 0
                let two = index < other.digits.count ? Int(other.digits[index]) : 0
                if one != two { return (one - two).signum() }
            }
            return 0
        }

        /// All the digits of a double: its significand doubled, or halved, as often as its exponent says.
        init(exactly double: Double) {
            var digits = String(double.significandBitPattern | (double.isNormal ? 1 << 52 : 0)).utf8.map { $0 - 48 }
            let power = Int(max(double.exponentBitPattern, 1)) - 1_075
            for _ in 0..<abs(power) {
                var carry: UInt8 = 0
                for index in digits.indices.reversed() {
                    // To halve is to take five times as much of a tenth.
                    let product = digits[index] * (power > 0 ? 2 : 5) + carry
                    digits[index] = product % 10
                    carry = product / 10
                }
                if carry > 0 { digits.insert(carry, at: 0) }
            }
            self.init(digits: digits, exponent: min(power, 0))
        }
    }

    let text: String
    /// The double that is the number as it was written; without one the number equals the same text only.
    let exact: Double?
    private let isNegative: Bool
    private let written: Decimal

    init(_ text: String) {
        self.text = text
        let written = Decimal(text)
        self.written = written
        isNegative = text.hasPrefix("-") && !written.digits.isEmpty
        guard let double = Double(text), double.isFinite, double != 0 || written.digits.isEmpty else {
            exact = nil
            return
        }
        // Of a large whole number people write all digits, of others the fewest that tell the double from the next.
        let shortest = Decimal(double.description)
        let isLarge = shortest.digits.count > 15 && shortest.exponent >= 0
        exact = written == (isLarge ? Decimal(exactly: double) : shortest) ? (double == 0 ? 0 : double) : nil
    }

    static func == (left: ReferenceNumber, right: ReferenceNumber) -> Bool {
        left.exact == nil && right.exact == nil ? left.text == right.text : left.exact == right.exact
    }

    /// -1, 0 or 1, as the number is less than another, equal to it or greater: by the decimals that were written.
    func order(to other: ReferenceNumber) -> Int {
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        let order = written.order(to: other.written)
        return isNegative ? -order : order
    }
}
