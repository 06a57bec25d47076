/// The value of an attribute that stands apart from the data of its event.
public enum AttributeValue: Sendable, Hashable {
    /// A text.
    case text(String)
    /// A number as it is written in JSON, such as `7` or `1.50`; compared by its value.
    case number(String)
    /// `true` or `false`.
    case boolean(Bool)
}

extension AttributeValue: ExpressibleByStringLiteral {
    /// This text.
    public init(stringLiteral text: String) {
        self = .text(text)
    }
}
