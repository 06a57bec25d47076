import TidingsRouting

/// The value of an extension attribute, of the type that its producer gave it.
///
/// The texts of numbers and lists are kept as they were written, so that an event goes on as it came. Nothing is checked
/// here: an event with a wrong value is refused when it is published.
public enum ExtensionValue: Sendable, Hashable {
    /// A text of at most 1,024 bytes, which may be empty; the CloudEvents types String, URI, Timestamp and Binary.
    case text(String)
    /// A number as it is written in JSON, such as `7`; at most 1,024 bytes.
    case number(String)
    /// `true` or `false`.
    case boolean(Bool)
    /// A list of texts as it is written in JSON, such as `["incident/5"]`; at most 262,144 bytes. Only EventBridge's
    /// `resources` is one.
    case list(String)
}

extension ExtensionValue {
    /// Whether the values are of one type and their texts have the same bytes.
    public static func == (left: ExtensionValue, right: ExtensionValue) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)), (.number(let left), .number(let right)),
            (.list(let left), .list(let right)):
            ByteText(left) == ByteText(right)
        case (.boolean(let left), .boolean(let right)): left == right
        default: false
        }
    }

    /// Feeds the bytes of the text into a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ByteText(description))
    }
}

extension ExtensionValue: CustomStringConvertible {
    /// The text itself, or what stands in JSON.
    public var description: String {
        switch self {
        case .text(let text), .number(let text), .list(let text): text
        case .boolean(let boolean): boolean ? "true" : "false"
        }
    }
}

extension ExtensionValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// This text.
    public init(stringLiteral text: String) {
        self = .text(text)
    }

    /// This number.
    public init(integerLiteral number: Int64) {
        self = .number(String(number))
    }

    /// This boolean.
    public init(booleanLiteral boolean: Bool) {
        self = .boolean(boolean)
    }
}

extension ExtensionValue {
    /// Calls `body` with each value that patterns see: several for a list.
    func forEachMatched(_ body: (AttributeValue) -> Void) {
        switch self {
        case .text(let text): body(.text(text))
        case .number(let number): body(.number(number))
        case .boolean(let boolean): body(.boolean(boolean))
        case .list(let list): for text in JSON.texts(inListOf: list) ?? [] { body(.text(text)) }
        }
    }
}
