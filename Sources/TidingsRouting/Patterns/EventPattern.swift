/// Which events a rule, a subscription or a filter wants.
///
/// A pattern is a JSON object whose keys name fields of the event and whose values list what the field may be: keys
/// are joined by *and*, the values of one list by *or*.
///
/// ```json
/// {"type": [{"wildcard": "orders.*"}], "data": {"total": [{"numeric": [">", 100]}]}}
/// ```
///
/// The same in Swift:
///
/// ```swift
/// let pattern = try EventPattern {
///     Field("type", .wildcard("orders.*"))
///     Field("data.total", .numeric(above: 100))
/// }
/// ```
///
/// The language is that of EventBridge rules. Fields go by their CloudEvents names; `detail-type` is the same field as
/// `type`, and `detail` the same as `data`. Names may be joined by dots: `{"data.total": [1]}` is the pattern
/// `{"data": {"total": [1]}}`. If a path is named twice, the last one wins.
///
/// Text is compared byte by byte in UTF-8, as JSON carries it: letters that Unicode regards as equivalent but that are
/// encoded differently are different. Two patterns are equal if they can hold in the same ways, each written with the
/// same values in the same order; `{"prefix": "a"}` and `{"wildcard": "a*"}` match the same events but are not equal.
///
/// What would cost too much is refused with ``EventPatternError/Code-swift.struct/tooComplex``: see
/// ``characterLimit``, ``pathLimit``, ``alternativeLimit``, ``wildcardLimit`` and ``depthLimit``.
public struct EventPattern: Sendable {
    /// The ways in which the pattern can hold: one of these, of which every field must hold. Never empty, nor is any of
    /// them; its fields are in the order of their paths, which are distinct.
    package let alternatives: [[PatternField]]
    /// As it was written, for ``description``.
    let written: PatternObject

    /// Every event that has a type: `{"type":[{"prefix":""}]}`.
    public static let all = EventPattern(typeLeaves: [.prefix(ByteText(""), ignoringCase: false)])

    /// A pattern of one field.
    init(typeLeaves leaves: [PatternLeaf]) {
        alternatives = [[PatternField(path: PatternField.type, leaves: leaves)]]
        written = PatternObject(members: [
            .field(name: PatternField.type, leaves: leaves, PatternObject.Place(path: PatternField.type, offset: nil))
        ])
    }

    init(parsing node: JSONTree) throws(PatternRefusal) {
        try self.init(PatternGrammar.pattern(node))
    }

    /// The pattern that an object writes, if it costs no more than a pattern may.
    init(_ object: PatternObject) throws(PatternRefusal) {
        alternatives = try PatternAlternatives.of(object)
        written = object
        assert(!alternatives.isEmpty && alternatives.allSatisfy { !$0.isEmpty }, "a pattern without fields")
    }
}

extension EventPattern: Hashable {
    /// Whether the patterns can hold in the same ways, whatever their order.
    public static func == (left: EventPattern, right: EventPattern) -> Bool {
        left.alternatives == right.alternatives || Set(left.alternatives) == Set(right.alternatives)
    }

    /// Feeds the ways in which the pattern can hold into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(Set(alternatives))
    }
}

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
