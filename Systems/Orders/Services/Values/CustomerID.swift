public import Tidings

/// Which customer.
public struct CustomerID: TextIdentifier, Codable, CustomStringConvertible, ExpressibleByStringLiteral,
    SQLValueConvertible
{
    /// The name of the customer, 1 to 64 characters.
    public let rawValue: String

    /// Makes an identifier from its text.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes an identifier from a literal.
    public init(stringLiteral text: String) {
        rawValue = text
    }

    /// The text of the identifier.
    public var description: String { rawValue }
}
