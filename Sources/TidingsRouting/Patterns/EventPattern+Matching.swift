extension EventPattern {
    /// Whether an event that has this type, and no other field, satisfies the pattern.
    ///
    /// Tries one value after another. To ask many patterns at once, use a ``PatternRouter``.
    ///
    /// - Parameter type: The event's type, such as `order.created.v1`.
    /// - Returns: Whether the pattern holds.
    /// - Complexity: Linear in the values the pattern lists.
    public func matches(type: String) -> Bool {
        let type = EventScalar.text(ByteText(type))
        return alternatives.contains { fields in
            fields.allSatisfy { field in
                field.path == PatternField.type
                    ? field.leaves.contains { $0.holds(for: type) } : field.leaves.contains(.exists(false))
            }
        }
    }
}
