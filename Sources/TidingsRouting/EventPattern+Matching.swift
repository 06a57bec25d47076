extension EventPattern {
    /// Whether an event of this type satisfies the pattern.
    ///
    /// Tries one value after another. To ask many patterns at once, use a ``PatternRouter``.
    ///
    /// - Parameter type: The event's type, such as `order.created.v1`.
    /// - Returns: Whether every field of the pattern holds.
    /// - Complexity: Linear in the values the pattern lists.
    public func matches(type: String) -> Bool {
        let type = ByteText(type)
        return fields.allSatisfy { field in field.leaves.contains { $0.test.holds(for: type) } }
    }
}
