package import TidingsRouting

/// An identifier that is a text, told apart from others by its UTF-8, as databases, brokers and logs do.
///
/// Swift's `String` compares by canonical equivalence: "é" as one scalar and as an "e" with an accent are equal, though a
/// database keeps a row for each. A type that conforms gets `==`, `<` and its hash by bytes, so that a dictionary and a
/// table agree on what is one thing.
///
/// ```swift
/// struct ProductID: TextIdentifier, Codable {
///     let rawValue: String
/// }
/// ```
public protocol TextIdentifier: RawRepresentable<String>, Comparable, Hashable, Sendable {
    /// Makes an identifier from its text.
    init(rawValue: String)
}

extension TextIdentifier {
    /// Whether the texts have the same bytes.
    public static func == (left: Self, right: Self) -> Bool {
        ByteText(left.rawValue) == ByteText(right.rawValue)
    }

    /// Whether the texts have different bytes. It stands here because what `RawRepresentable` has would compare strings.
    public static func != (left: Self, right: Self) -> Bool { !(left == right) }

    /// Orders by the bytes, which is by the Unicode scalars.
    public static func < (left: Self, right: Self) -> Bool {
        ByteText(left.rawValue) < ByteText(right.rawValue)
    }

    /// Feeds the bytes of the text into a hasher.
    public func hash(into hasher: inout Hasher) {
        ByteText(rawValue).hash(into: &hasher)
    }
}

extension ByteText: SQLValueConvertible {
    package var sqlValue: SQLValue { .text(string) }

    package init?(sqlValue: SQLValue) {
        guard let text = String(sqlValue: sqlValue) else { return nil }
        self.init(text)
    }
}
