extension PatternLeaf {
    /// What this matches, if the scalar is of another kind.
    func kind(ifNot scalar: EventScalar) -> String? {
        switch (self, scalar) {
        case (.null, .null), (.boolean, .boolean), (.number, .number), (.numeric, .number): nil
        case (.anythingBut, _), (.exists, _): nil
        case (.null, _): "the pattern asks for null"
        case (.boolean(let boolean), _): "the pattern asks for the boolean \(boolean)"
        case (.number(let number), _): "the pattern asks for the number \(number.text.string)"
        case (.numeric, _): "`numeric` matches numbers only"
        case (.text, .text), (.prefix, .text), (.suffix, .text), (.equalsIgnoringCase, .text), (.wildcard, .text): nil
        case (.cidr, .text(let text)): IPAddress(parsing: text.bytes) == nil ? "that is not an IP address" : nil
        case (.text(let text), _): "the pattern asks for the string \(JSONTree.text(text).json)"
        case (.prefix, _): "`prefix` matches strings only"
        case (.suffix, _): "`suffix` matches strings only"
        case (.equalsIgnoringCase, _): "`equals-ignore-case` matches strings only"
        case (.wildcard, _): "`wildcard` matches strings only"
        case (.cidr, _): "`cidr` matches strings only"
        }
    }

    /// What is wrong with a scalar of the right kind that this does not hold for.
    func difference(from scalar: EventScalar) -> String {
        switch self {
        case .null, .boolean, .number: "not \(tree.json)"
        case .text(let text): difference(of: scalar, from: text)
        case .prefix(let text, let ignoringCase):
            "which does not begin with \(JSONTree.text(text).json)\(ignoringCase ? " in any case" : "")"
        case .suffix(let text, let ignoringCase):
            "which does not end with \(JSONTree.text(text).json)\(ignoringCase ? " in any case" : "")"
        case .equalsIgnoringCase(let text): "which is not \(JSONTree.text(text).json) in any case"
        case .wildcard(let wildcard): "which the wildcard \(JSONTree.text(wildcard.source).json) does not match"
        case .anythingBut(let others): "which is among what `anything-but` excludes: \(others.tree.json)"
        case .numeric(let range): "which is not \(range.phrase)"
        case .exists: "which is there"
        case .cidr(let block): "which is not in \(block.source.string)"
        }
    }

    private func difference(of scalar: EventScalar, from text: ByteText) -> String {
        let wanted = "not \(JSONTree.text(text).json)"
        guard case .text(let found) = scalar else { return wanted }
        if found.equals(text, ignoringCase: true) {
            return "\(wanted); they differ in case, which `equals-ignore-case` would ignore"
        }
        if found.string == text.string {
            return "\(wanted); they look alike but are different Unicode characters"
        }
        return wanted
    }
}

extension NumericRange {
    /// Such as `above 0 and at most 5`.
    var phrase: String {
        if let only { return only.text.string }
        let bottom = lower.map { "\($0.isInclusive ? "at least" : "above") \($0.literal.text.string)" }
        let top = upper.map { "\($0.isInclusive ? "at most" : "below") \($0.literal.text.string)" }
        return [bottom, top].compactMap(\.self).joined(separator: " and ")
    }
}
