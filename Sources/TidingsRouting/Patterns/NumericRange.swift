/// The numbers between two bounds, of which one may be missing; compared as doubles.
package struct NumericRange: Hashable, Sendable {
    /// One end of a range.
    package struct Bound: Hashable, Sendable {
        /// As it was written.
        package let literal: NumberLiteral
        /// The nearest double, finite.
        package let value: Double
        /// Whether the bound itself is in the range.
        package let isInclusive: Bool

        package init(literal: NumberLiteral, value: Double, isInclusive: Bool) {
            self.literal = literal
            self.value = value
            self.isInclusive = isInclusive
        }
    }

    /// The bottom, or nil if there is none.
    package let lower: Bound?
    /// The top, or nil if there is none.
    package let upper: Bound?

    package init(lower: Bound?, upper: Bound?) {
        self.lower = lower
        self.upper = upper
    }

    /// The only number in the range, where it was written with `=`.
    var only: NumberLiteral? {
        guard let lower, let upper, lower.literal == upper.literal else { return nil }
        return lower.literal
    }

    /// Whether a number lies between the bounds.
    package func contains(_ value: Double) -> Bool {
        if let lower, lower.isInclusive ? value < lower.value : value <= lower.value { return false }
        if let upper, upper.isInclusive ? value > upper.value : value >= upper.value { return false }
        return true
    }
}

extension NumericRange {
    /// Whether a number lies in the range; one beyond what doubles hold compares as infinite.
    package func contains(_ number: NumberLiteral) -> Bool {
        contains(number.value ?? Double(number.text.string) ?? .nan)
    }
}
