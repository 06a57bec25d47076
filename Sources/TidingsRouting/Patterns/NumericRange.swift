/// The numbers between two bounds, of which one may be missing; compared by their values, also where no double holds them.
package struct NumericRange: Hashable, Sendable {
    /// One end of a range.
    package struct Bound: Hashable, Sendable {
        /// As it was written.
        package let literal: NumberLiteral
        /// Whether the bound itself is in the range.
        package let isInclusive: Bool
        /// The nearest double, finite.
        let nearest: Double
        /// The number itself.
        let decimal: DecimalDigits

        package init(_ literal: NumberLiteral, isInclusive: Bool) {
            self.literal = literal
            self.isInclusive = isInclusive
            nearest = literal.nearest
            decimal = literal.decimal
        }
    }

    /// The bottom, or nil if there is none.
    package let lower: Bound?
    /// The top, or nil if there is none.
    package let upper: Bound?
    /// Whether doubles hold the bounds, so that they decide about numbers which doubles hold as well.
    let hasExactBounds: Bool

    package init(lower: Bound?, upper: Bound?) {
        self.lower = lower
        self.upper = upper
        hasExactBounds = [lower, upper].allSatisfy { $0 == nil || $0?.literal.value != nil }
    }

    /// The only number in the range, where it was written with `=`.
    var only: NumberLiteral? {
        guard let lower, let upper, lower.decimal == upper.decimal else { return nil }
        return lower.literal
    }

    /// Whether a number that a double holds lies between bounds that doubles hold.
    func contains(exactly value: Double) -> Bool {
        if let lower, lower.isInclusive ? value < lower.nearest : value <= lower.nearest { return false }
        if let upper, upper.isInclusive ? value > upper.nearest : value >= upper.nearest { return false }
        return true
    }

    /// Whether a number lies between the bounds.
    func contains(_ number: DecimalDigits) -> Bool {
        if let lower, lower.isInclusive ? number < lower.decimal : number <= lower.decimal { return false }
        if let upper, upper.isInclusive ? number > upper.decimal : number >= upper.decimal { return false }
        return true
    }

    /// Whether a number lies between the bounds.
    package func contains(_ number: NumberLiteral) -> Bool {
        if hasExactBounds, let value = number.value { return contains(exactly: value) }
        return contains(number.decimal)
    }
}
