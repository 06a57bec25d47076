/// A JSON number as it was written.
package struct NumberLiteral: Hashable, Sendable {
    /// The bytes of the number, by the grammar of RFC 8259.
    package let text: ByteText
    /// The number's value if a double holds it exactly as written; never -0, infinite or no number. A number without
    /// one, such as 9007199254740993 or 1e400, equals only what is written in the same way.
    package let value: Double?

    /// A number.
    ///
    /// - Parameter text: A number by the grammar of RFC 8259; anything else never has a value.
    package init(_ text: String) {
        self.text = ByteText(text)
        self.value = Self.exactValue(of: text)
    }

    package static func == (left: NumberLiteral, right: NumberLiteral) -> Bool {
        switch (left.value, right.value) {
        case (let left?, let right?): left == right
        case (nil, nil): left.text == right.text
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        if let value { hasher.combine(value) } else { hasher.combine(text) }
    }
}

extension NumberLiteral {
    /// The value of a number if a double holds it exactly as written.
    ///
    /// It does for up to 15 significant digits, since they come back from the double as they were; beyond that, if they
    /// are all the digits the double has, or, in a fraction, the fewest that stand for it.
    ///
    /// - Parameter text: A number by the grammar of RFC 8259.
    static func exactValue(of text: String) -> Double? {
        guard let nearest = Double(text), nearest.isFinite else { return nil }
        let written = DecimalDigits(parsing: text.utf8)
        if nearest == 0 { return written.isZero ? 0 : nil }
        if written.digits.count <= 15, nearest.isNormal { return nearest }
        guard written.digits.count <= 767 else { return nil }
        if !written.isInteger, written == DecimalDigits(parsing: nearest.description.utf8) { return nearest }
        return written == DecimalDigits(exactly: nearest) ? nearest : nil
    }

    /// The nearest double; nil if that is infinite, or zero for what is not zero.
    var nearest: Double? {
        if let value { return value }
        guard let nearest = Double(text.string), nearest.isFinite, nearest != 0 else { return nil }
        return nearest
    }
}
