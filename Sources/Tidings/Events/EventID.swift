/// The identity of an event; together with its source it is unique (CloudEvents 1.0, `id`).
public struct EventID: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The text of the identifier.
    public let rawValue: String

    /// Makes an identifier from its text.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes an identifier from its text.
    public init(_ text: String) {
        rawValue = text
    }

    /// Makes an identifier from a literal.
    public init(stringLiteral value: String) {
        rawValue = value
    }

    /// The text of the identifier.
    public var description: String { rawValue }
}
