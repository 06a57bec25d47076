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
    /// Each double stands for one decimal number, so that two numbers with the same value are the same number: see
    /// ``DecimalDigits/init(standingFor:)``. Of up to 15 significant digits it is known that they come back as they were.
    ///
    /// - Parameter text: A number by the grammar of RFC 8259.
    static func exactValue(of text: String) -> Double? {
        guard let nearest = Double(text), nearest.isFinite else { return nil }
        let written = DecimalDigits(parsing: text.utf8)
        if nearest == 0 { return written.isZero ? 0 : nil }
        if written.digits.count <= 15, nearest.isNormal { return nearest }
        return written == DecimalDigits(standingFor: nearest) ? nearest : nil
    }

    /// The nearest double: infinite for a number beyond the largest, and 0 for one that is too small.
    var nearest: Double {
        if let value { return value }
        let nearest = Double(text.string) ?? .nan
        return nearest == 0 ? 0 : nearest
    }

    /// The number itself.
    var decimal: DecimalDigits { DecimalDigits(parsing: text.bytes) }

    /// Whether both are the same number, in whatever way they are written.
    func hasValue(of other: NumberLiteral) -> Bool {
        nearest == other.nearest && (value != nil && value == other.value || decimal == other.decimal)
    }
}
