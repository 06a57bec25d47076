/// A member of the object that a text is, without a copy of its value.
public struct JSONMember: Sendable, Hashable {
    /// What kind of value a member has.
    public enum Kind: Sendable {
        /// An object.
        case object
        /// An array.
        case array
        /// A string.
        case string
        /// A number.
        case number
        /// `true` or `false`.
        case boolean
        /// `null`.
        case null
    }

    /// The name, its escapes resolved.
    public let name: String
    /// What kind of value it has.
    public let kind: Kind
    /// Which bytes of the text are the value, the quotes of a string among them.
    public let value: Range<Int>

    /// The value if it is a string, its escapes resolved; otherwise nil.
    ///
    /// - Parameter text: The bytes of the text the member is of.
    public func string(in text: RawSpan) -> String? {
        guard kind == .string, value.count >= 2, value.upperBound <= text.byteCount else { return nil }
        return text.withUnsafeBytes { bytes in
            JSONCursor(bytes).string(
                JSONCursor.Token(start: value.lowerBound + 1, end: value.upperBound - 1, isEscaped: true))
        }
    }
}
