extension PatternLeaf {
    /// Whether a value that is there is what this asks for; `exists: false` never holds for it.
    package func holds(for scalar: EventScalar) -> Bool {
        switch (self, scalar) {
        case (.exists(let exists), _): exists
        case (.anythingBut(let others), _): others.holds(for: scalar)
        case (.null, .null): true
        case (.boolean(let boolean), .boolean(let found)): boolean == found
        case (.number(let number), .number(let found)): number == found
        case (.numeric(let range), .number(let found)): range.contains(found)
        case (_, .text(let text)): holds(for: text)
        default: false
        }
    }

    private func holds(for found: ByteText) -> Bool {
        switch self {
        case .text(let text): text == found
        case .prefix(let prefix, let ignoringCase): found.hasPrefix(prefix, ignoringCase: ignoringCase)
        case .suffix(let suffix, let ignoringCase): found.hasSuffix(suffix, ignoringCase: ignoringCase)
        case .equalsIgnoringCase(let text): found.equals(text, ignoringCase: true)
        case .wildcard(let wildcard): wildcard.matches(found)
        case .cidr(let block): IPAddress(parsing: found.bytes).map(block.contains) ?? false
        case .null, .boolean, .number, .anythingBut, .numeric, .exists: false
        }
    }
}

extension AnythingBut {
    func holds(for scalar: EventScalar) -> Bool {
        switch (self, scalar) {
        case (.texts(let texts), .text(let found)): !texts.contains(found)
        case (.numbers(let numbers), .number(let found)): !numbers.contains { $0.hasValue(of: found) }
        case (.prefixes(let prefixes), .text(let found)): !prefixes.contains { found.hasPrefix($0) }
        case (.suffixes(let suffixes), .text(let found)): !suffixes.contains { found.hasSuffix($0) }
        case (.equalsIgnoringCase(let texts), .text(let found)):
            !texts.contains { found.equals($0, ignoringCase: true) }
        case (.wildcards(let wildcards), .text(let found)): !wildcards.contains { $0.matches(found) }
        default: true
        }
    }
}

/// A leaf of an event: what a value of a pattern is compared with.
package enum EventScalar: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(NumberLiteral)
    case text(ByteText)
}
