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
