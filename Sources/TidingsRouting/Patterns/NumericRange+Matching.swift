extension NumericRange {
    /// Whether a number lies in the range; one beyond what doubles hold compares as infinite.
    package func contains(_ number: NumberLiteral) -> Bool {
        contains(number.value ?? Double(number.text.string) ?? .nan)
    }
}
