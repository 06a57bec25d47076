/// One value in a pattern's list, kept as it was written.
enum PatternLeaf: Hashable, Sendable {
    case text(ByteText)
    case prefix(ByteText)
    case wildcard(Wildcard)

    /// What stands in the pattern as text.
    var text: ByteText {
        switch self {
        case .text(let text), .prefix(let text): text
        case .wildcard(let wildcard): wildcard.text
        }
    }

    /// The key of the operator object, or nil for plain text.
    var operatorName: String? {
        switch self {
        case .text: nil
        case .prefix: "prefix"
        case .wildcard: "wildcard"
        }
    }

    /// What the value asks of the event's text.
    var test: TextTest {
        switch self {
        case .text(let text): .equals(text)
        case .prefix(let text): .starts(with: text)
        case .wildcard(let wildcard): wildcard.test
        }
    }
}

extension PatternLeaf {
    private static let unsupportedOperators: Set<String> = [
        "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "cidr",
    ]

    /// A type as it is written in Swift, where a `*` makes a wildcard.
    init(typeText text: String) throws(EventPatternError) {
        let isWildcard = text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "\\") }
        self = isWildcard ? .wildcard(try Wildcard(text, path: PatternField.type)) : .text(ByteText(text))
    }

    init(parsing node: PatternNode, path: String) throws(EventPatternError) {
        switch node {
        case .text(let text): self = .text(ByteText(text))
        case .object(let members): try self.init(parsing: members, path: path)
        case .list: throw .malformed("A list stands inside a list; write the values side by side.", path: path)
        case .other: throw .unsupported("A value is \(node.kind); only text is supported yet.", path: path)
        }
    }

    private init(parsing members: [String: PatternNode], path: String) throws(EventPatternError) {
        guard let (name, operand) = members.first, members.count == 1 else {
            let found = members.isEmpty ? "none" : members.keys.sorted().joined(separator: ", ")
            throw .malformed(
                "An operator object has exactly one key, such as {\"prefix\":\"order.\"}; found \(found).", path: path)
        }
        guard !Self.unsupportedOperators.contains(name) else {
            throw .unsupported("The operator \"\(name)\" is not supported yet.", path: path)
        }
        guard name == "prefix" || name == "wildcard" else {
            throw .malformed("There is no operator \"\(name)\".", path: path)
        }
        switch operand {
        case .text(let text):
            self = name == "prefix" ? .prefix(ByteText(text)) : .wildcard(try Wildcard(text, path: path))
        case .object(let inner) where name == "prefix" && Array(inner.keys) == ["equals-ignore-case"]:
            throw .unsupported("The operator \"equals-ignore-case\" in \"prefix\" is not supported yet.", path: path)
        case .object, .list, .other:
            throw .malformed("The operator \"\(name)\" takes text, not \(operand.kind).", path: path)
        }
    }
}
