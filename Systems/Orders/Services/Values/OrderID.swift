public import Tidings

/// Which order.
public struct OrderID: TextIdentifier, Codable, CustomStringConvertible, SQLValueConvertible {
    /// The text of the identifier.
    public let rawValue: String

    /// Makes an identifier from its text.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The text of the identifier.
    public var description: String { rawValue }
}
