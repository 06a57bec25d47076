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
