/// One value that a field may have, written in Swift; a ``Field`` lists them.
///
/// A literal is itself a value: `Field("data.state", "running", "pending", nil)`.
public struct PatternValue: Sendable {
    let node: JSONTree

    init(_ node: JSONTree) {
        self.node = node
    }

    /// A type as it is written in Swift, where a `*` makes a wildcard.
    init(type text: String) {
        let isWildcard = text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "\\") }
        self = isWildcard ? .wildcard(text) : .text(text)
    }
}

extension PatternValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    /// This text, exactly.
    public init(stringLiteral text: String) {
        self = .text(text)
    }

    /// This number, by its value, or by its digits if no double holds it.
    public init(integerLiteral number: Int64) {
        self.init(JSONTree(.number(NumberLiteral(String(number)))))
    }

    /// This number, by its value.
    public init(floatLiteral number: Double) {
        self = .number(number)
    }

    /// This boolean.
    public init(booleanLiteral boolean: Bool) {
        self.init(JSONTree(.boolean(boolean)))
    }

    /// The value `null`, which is there; ``PatternValue/absent`` is not a value at all.
    public init(nilLiteral: ()) {
        self.init(JSONTree(.null))
    }
}
