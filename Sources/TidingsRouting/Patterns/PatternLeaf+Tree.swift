extension PatternLeaf {
    /// The value as JSON.
    var tree: JSONTree {
        switch self {
        case .null: JSONTree(.null)
        case .boolean(let boolean): JSONTree(.boolean(boolean))
        case .text(let text): .text(text)
        case .number(let number): JSONTree(.number(number))
        case .prefix(let text, let ignoringCase): Self.affix(.prefix, text, ignoringCase)
        case .suffix(let text, let ignoringCase): Self.affix(.suffix, text, ignoringCase)
        case .equalsIgnoringCase(let text): .object(.equalsIgnoreCase, .text(text))
        case .wildcard(let wildcard): .object(.wildcard, .text(wildcard.source))
        case .anythingBut(let others): .object(.anythingBut, others.tree)
        case .numeric(let range): .object(.numeric, range.tree)
        case .exists(let exists): .object(.exists, JSONTree(.boolean(exists)))
        case .cidr(let block): .object(.cidr, .text(block.source))
        }
    }

    private static func affix(_ name: Operator, _ text: ByteText, _ ignoringCase: Bool) -> JSONTree {
        .object(name, ignoringCase ? .object(.equalsIgnoreCase, .text(text)) : .text(text))
    }
}

extension JSONTree {
    static func object(_ name: Operator, _ operand: JSONTree) -> JSONTree {
        object(name.rawValue, operand)
    }
}

extension AnythingBut {
    /// What stands after `anything-but`.
    var tree: JSONTree {
        switch self {
        case .texts(let texts): .listOrOne(texts.map(JSONTree.text))
        case .numbers(let numbers): .listOrOne(numbers.map { JSONTree(.number($0)) })
        case .prefixes(let texts): .object(.prefix, .listOrOne(texts.map(JSONTree.text)))
        case .suffixes(let texts): .object(.suffix, .listOrOne(texts.map(JSONTree.text)))
        case .equalsIgnoringCase(let texts): .object(.equalsIgnoreCase, .listOrOne(texts.map(JSONTree.text)))
        case .wildcards(let wildcards): .object(.wildcard, .listOrOne(wildcards.map { .text($0.source) }))
        }
    }
}

extension NumericRange {
    /// What stands after `numeric`.
    var tree: JSONTree {
        if let only { return .list([JSONTree(.text("=")), JSONTree(.number(only))]) }
        return .list(Self.nodes(lower, ">") + Self.nodes(upper, "<"))
    }

    private static func nodes(_ bound: Bound?, _ sign: String) -> [JSONTree] {
        guard let bound else { return [] }
        return [JSONTree(.text(bound.isInclusive ? sign + "=" : sign)), JSONTree(.number(bound.literal))]
    }
}
