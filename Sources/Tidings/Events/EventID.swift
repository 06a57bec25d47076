/// The identity of an event; together with its source it is unique (CloudEvents 1.0, `id`).
public struct EventID: TextIdentifier, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The text of the identifier. Those that the library makes are UUIDs of version 7, which sort in the order in
    /// which one environment made them.
    public let rawValue: String

    /// Makes an identifier from its text, which is not checked here; an event with an empty one, or one of more than
    /// 1,024 bytes, is refused when it is published.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes an identifier from its text, as ``init(rawValue:)`` does.
    public init(_ text: String) {
        rawValue = text
    }

    /// Makes an identifier from a literal, as ``init(rawValue:)`` does.
    public init(stringLiteral value: String) {
        rawValue = value
    }

    /// The text of the identifier, as in ``rawValue``.
    public var description: String { rawValue }
}
