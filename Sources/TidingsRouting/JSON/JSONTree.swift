/// A JSON value as a tree that keeps all there is: the order of members, keys that stand twice, numbers as written.
package struct JSONTree: Sendable {
    /// A key of an object and what stands under it.
    package struct Member: Sendable {
        package let key: String
        package let node: JSONTree
        /// Where the key begins, in bytes; nil if there is no text.
        var offset: Int?
    }

    package indirect enum Value: Sendable {
        /// In their order, and with every key that stands twice.
        case object([Member])
        case list([JSONTree])
        case text(String)
        case number(NumberLiteral)
        case boolean(Bool)
        case null
        /// A number that JSON cannot write, or that a decoder could not tell.
        case noNumber(String)
    }

    package let value: Value
    /// Where it begins in the text, in bytes; nil if there is no text.
    var offset: Int?

    init(_ value: Value, offset: Int? = nil) {
        self.value = value
        self.offset = offset
    }

    static func text(_ text: ByteText) -> JSONTree { JSONTree(.text(text.string)) }

    static func list(_ nodes: [JSONTree]) -> JSONTree { JSONTree(.list(nodes)) }

    /// An object with one key, as an operator is written.
    static func object(_ key: String, _ node: JSONTree) -> JSONTree {
        JSONTree(.object([Member(key: key, node: node)]))
    }

    /// A list, or its only element.
    static func listOrOne(_ nodes: [JSONTree]) -> JSONTree {
        nodes.count == 1 ? nodes[0] : list(nodes)
    }

    /// What it is, for a message.
    var kind: String {
        switch value {
        case .object: "an object"
        case .list: "a list"
        case .text: "text"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        case .noNumber(let text): "\(text), which is not a JSON number"
        }
    }
}
