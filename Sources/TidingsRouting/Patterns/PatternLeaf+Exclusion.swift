extension PatternLeaf {
    /// Whether it is proven that no value satisfies both, nor the lack of one.
    func excludes(_ other: PatternLeaf) -> Bool {
        switch (self, other) {
        case (.exists(let exists), .exists(let otherExists)): return exists != otherExists
        case (.exists(let exists), _), (_, .exists(let exists)): return !exists
        default: break
        }
        if let only { return !other.holds(for: only) }
        if let only = other.only { return !holds(for: only) }
        switch (self, other) {
        // Both hold for values of other types than those they list.
        case (.anythingBut, .anythingBut): return false
        case (.anythingBut(let refused), let leaf), (let leaf, .anythingBut(let refused)): return refused.covers(leaf)
        case (.numeric(let range), .numeric(let otherRange)):
            return range.isBelow(otherRange) || otherRange.isBelow(range)
        case (.cidr(let block), .cidr(let otherBlock)):
            return !block.contains(otherBlock.base) && !otherBlock.contains(block.base)
        default:
            // A range of numbers holds for no text, which is what all other leaves hold for.
            if isNumeric || other.isNumeric { return true }
            guard let ends = TextEnds(self), let otherEnds = TextEnds(other) else { return false }
            return ends.excludes(otherEnds)
        }
    }

    /// The only value for which this holds, if there is only one.
    private var only: EventScalar? {
        switch self {
        case .null: .null
        case .boolean(let boolean): .boolean(boolean)
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .wildcard(let wildcard) where wildcard.segments.count == 1: .text(wildcard.segments[0])
        default: nil
        }
    }

    private var isNumeric: Bool {
        if case .numeric = self { true } else { false }
    }
}

extension AnythingBut {
    /// Whether it is proven that this refuses every value for which a leaf holds.
    fileprivate func covers(_ leaf: PatternLeaf) -> Bool {
        switch (self, leaf) {
        case (.prefixes(let prefixes), .prefix(let prefix, ignoringCase: false)):
            prefixes.contains { prefix.hasPrefix($0) }
        case (.prefixes(let prefixes), .wildcard(let wildcard)):
            prefixes.contains { wildcard.segments[0].hasPrefix($0) }
        case (.suffixes(let suffixes), .suffix(let suffix, ignoringCase: false)):
            suffixes.contains { suffix.hasSuffix($0) }
        case (.suffixes(let suffixes), .wildcard(let wildcard)):
            suffixes.contains { wildcard.segments[wildcard.segments.count - 1].hasSuffix($0) }
        case (.equalsIgnoringCase(let texts), .equalsIgnoringCase(let text)):
            texts.contains { $0.equals(text, ignoringCase: true) }
        case (.wildcards(let wildcards), .wildcard(let wildcard)): wildcards.contains(wildcard)
        default: false
        }
    }
}

extension NumericRange {
    /// Whether every number of this range is less than every number of another.
    fileprivate func isBelow(_ other: NumericRange) -> Bool {
        guard let upper, let lower = other.lower else { return false }
        return upper.decimal < lower.decimal
            || upper.decimal == lower.decimal && !(upper.isInclusive && lower.isInclusive)
    }
}

/// How the texts begin and end for which a leaf holds.
private struct TextEnds {
    let prefix: ByteText
    let suffix: ByteText
    let ignoresCase: Bool
    /// Whether prefix and suffix are each the whole text.
    let isWhole: Bool

    /// Nil if the leaf tells nothing about the ends of a text.
    init?(_ leaf: PatternLeaf) {
        switch leaf {
        case .prefix(let text, let ignoringCase): self.init(text, ByteText(""), ignoresCase: ignoringCase)
        case .suffix(let text, let ignoringCase): self.init(ByteText(""), text, ignoresCase: ignoringCase)
        case .equalsIgnoringCase(let text): self.init(text, text, ignoresCase: true, isWhole: true)
        case .wildcard(let wildcard):
            self.init(wildcard.segments[0], wildcard.segments[wildcard.segments.count - 1], ignoresCase: false)
        default: return nil
        }
    }

    private init(_ prefix: ByteText, _ suffix: ByteText, ignoresCase: Bool, isWhole: Bool = false) {
        self.prefix = prefix
        self.suffix = suffix
        self.ignoresCase = ignoresCase
        self.isWhole = isWhole
    }

    /// Whether no text has both these ends and those. Texts that agree exactly agree in any case, so that a comparison
    /// that ignores case is enough of a proof if either of them does.
    func excludes(_ other: TextEnds) -> Bool {
        let ignoresCase = ignoresCase || other.ignoresCase
        return !agrees(prefix, other.prefix, other) { $0.hasPrefix($1, ignoringCase: ignoresCase) }
            || !agrees(suffix, other.suffix, other) { $0.hasSuffix($1, ignoringCase: ignoresCase) }
    }

    /// Whether some text has one end as well as the other.
    private func agrees(
        _ end: ByteText, _ otherEnd: ByteText, _ other: TextEnds, _ contains: (ByteText, ByteText) -> Bool
    ) -> Bool {
        let containsOther = contains(end, otherEnd)
        let isContained = contains(otherEnd, end)
        return containsOther && (isContained || !other.isWhole) || isContained && (containsOther || !isWhole)
    }
}
