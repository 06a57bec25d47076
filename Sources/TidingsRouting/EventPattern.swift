/// Which events a rule, a subscription or a filter wants.
///
/// A pattern is a JSON object whose keys name fields of the event and whose values list what the field may be: keys
/// are joined by *and*, the values of one list by *or*.
///
/// ```json
/// {"type": ["order.created.v1", {"wildcard": "payment.*"}, {"prefix": "inventory."}]}
/// ```
///
/// The same in Swift:
///
/// ```swift
/// let pattern = EventPattern(types: "order.created.v1", "payment.*")
/// ```
///
/// The language is that of EventBridge rules. For now the only field is the event's type (`type`, or `detail-type`,
/// which is the same field), and a type is given exactly or by how it begins. Whatever else the language has is
/// refused with ``EventPatternError/Code-swift.struct/unsupported`` rather than ignored.
///
/// Text is compared byte by byte in UTF-8, as JSON carries it: letters that Unicode regards as equivalent but that are
/// encoded differently are different. Two patterns are equal if they are written with the same values in the same
/// order; `{"prefix": "a"}` and `{"wildcard": "a*"}` match the same events but are not equal.
public struct EventPattern: Sendable, Hashable {
    /// What the pattern asks for: never empty, and no two with the same path.
    let fields: [PatternField]

    /// Every event there is: `{"type":[{"prefix":""}]}`.
    public static let all = EventPattern(typeLeaves: [.prefix(ByteText(""))])

    init(fields: [PatternField]) {
        self.fields = fields
    }

    init(typeLeaves: [PatternLeaf]) {
        self.init(fields: [PatternField(path: PatternField.type, leaves: typeLeaves)])
    }
}
