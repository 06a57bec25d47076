extension PatternValue {
    /// Numbers between a bottom and a top, of which one may be left out; text that looks like a number is not one.
    ///
    /// `.numeric(above: 0, atMost: 5)` is `{"numeric": [">", 0, "<=", 5]}`.
    ///
    /// - Parameters:
    ///   - above: The bottom, which is not in the range itself.
    ///   - atLeast: The bottom, which is in the range; not together with `above`.
    ///   - below: The top, which is not in the range itself.
    ///   - atMost: The top, which is in the range; not together with `below`.
    public static func numeric(
        above: Double? = nil, atLeast: Double? = nil, below: Double? = nil, atMost: Double? = nil
    ) -> PatternValue {
        let bounds = [(">", above), (">=", atLeast), ("<", below), ("<=", atMost)]
        let nodes = bounds.flatMap { sign, bound in
            bound.map { [JSONTree(.text(sign)), JSONTree.number($0)] } ?? []
        }
        return PatternValue(.object(.numeric, .list(nodes)))
    }

    /// How numbers compare with one that is given, for ``PatternValue/numeric(_:_:)``.
    public enum Comparison: Sendable {
        /// Less than the number.
        case lessThan
        /// Less than the number, or equal to it.
        case lessThanOrEqualTo
        /// Equal to the number.
        case equalTo
        /// Greater than the number, or equal to it.
        case greaterThanOrEqualTo
        /// Greater than the number.
        case greaterThan
    }

    /// Numbers that compare so with one number: `.numeric(.greaterThan, 0)` is `{"numeric": [">", 0]}`.
    ///
    /// - Parameters:
    ///   - comparison: How the numbers compare.
    ///   - number: What they are compared with.
    public static func numeric(_ comparison: Comparison, _ number: Double) -> PatternValue {
        switch comparison {
        case .lessThan: numeric(below: number)
        case .lessThanOrEqualTo: numeric(atMost: number)
        case .equalTo: numeric(equalTo: number)
        case .greaterThanOrEqualTo: numeric(atLeast: number)
        case .greaterThan: numeric(above: number)
        }
    }

    /// This number, by its value.
    ///
    /// - Parameter number: What the number is equal to.
    public static func numeric(equalTo number: Double) -> PatternValue {
        PatternValue(.object(.numeric, .list([JSONTree(.text("=")), .number(number)])))
    }
}
