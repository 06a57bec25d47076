extension PatternValue {
    /// Numbers between a bottom and a top, of which one may be left out; text that looks like a number is none.
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

    /// This number, by its value.
    ///
    /// - Parameter number: What the number is equal to.
    public static func numeric(equalTo number: Double) -> PatternValue {
        PatternValue(.object(.numeric, .list([JSONTree(.text("=")), .number(number)])))
    }
}
