/// The name of a kind of event and its version: `order.created.v1`.
///
/// CloudEvents calls the whole text `type`. A type without a trailing `.vN` is version 1.
public struct EventType: TextIdentifier, Codable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The whole text, as in the envelope.
    public let rawValue: String

    /// Makes a type from its text, which is not checked here. A type that is empty, has control characters or more than
    /// 1,024 bytes is refused when an event is published.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Makes a type from a literal, as ``init(rawValue:)`` does.
    public init(stringLiteral value: String) {
        rawValue = value
    }

    /// The text without its version: `order.created`.
    public var name: String { split.name }

    /// The version: the `N` of a trailing `.vN`, otherwise 1.
    public var version: Int { split.version }

    /// The whole text, as in ``rawValue``.
    public var description: String { rawValue }

    private var split: (name: String, version: Int) {
        guard let dot = rawValue.utf8.lastIndex(of: UInt8(ascii: ".")) else { return (rawValue, 1) }
        let suffix = rawValue[rawValue.index(after: dot)...]
        // `Int` alone would take a sign.
        guard suffix.first == "v", suffix.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }),
            let version = Int(suffix.dropFirst()), version > 0
        else { return (rawValue, 1) }
        return (String(rawValue[..<dot]), version)
    }
}
