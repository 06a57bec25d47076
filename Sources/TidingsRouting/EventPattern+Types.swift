extension EventPattern {
    /// The events of the given types, as text that is known only when the program runs.
    ///
    /// A type that holds `*` or `\` is a wildcard: `*` stands for zero or more characters, `\*` and `\\` for the
    /// characters themselves. Any other is taken as it stands.
    ///
    /// - Parameter types: At least one event type; `*` only at the end for now.
    /// - Throws: `malformed` if there is no type, or a type holds `**` or another escape; `unsupported` if a `*` stands
    ///   elsewhere than at the end. Trying again cannot help.
    public init(types: [String]) throws(EventPatternError) {
        var leaves: [PatternLeaf] = []
        for type in types {
            leaves.append(try PatternLeaf(typeText: type))
        }
        try self.init(nonEmptyTypeLeaves: leaves)
    }

    /// The events of the given types, written in code.
    ///
    /// `EventPattern(types: "order.created.v1", "payment.*")` reads as ``init(types:)`` does, but takes only literals:
    /// what is wrong with them is a mistake in the program and stops it. Text from outside cannot come here.
    ///
    /// - Parameters:
    ///   - first: An event type, exact or ending in `*`.
    ///   - others: More of them.
    public init(types first: StaticString, _ others: StaticString...) {
        do {
            try self.init(types: [first.description] + others.map(\.description))
        } catch {
            preconditionFailure(error.description)
        }
    }

    /// The events of exactly this type; `*` and `\` are characters like any other.
    ///
    /// - Parameter type: An event type.
    public init(exactly type: String) {
        self.init(typeLeaves: [.text(ByteText(type))])
    }

    /// The events of exactly these types; `*` and `\` are characters like any other.
    ///
    /// - Parameter types: At least one event type.
    /// - Throws: `malformed` if there is none.
    public init(exactly types: some Sequence<String>) throws(EventPatternError) {
        try self.init(nonEmptyTypeLeaves: types.map { .text(ByteText($0)) })
    }

    private init(nonEmptyTypeLeaves leaves: [PatternLeaf]) throws(EventPatternError) {
        guard !leaves.isEmpty else { throw .emptyList(path: PatternField.type) }
        self.init(typeLeaves: leaves)
    }
}

extension EventPattern: ExpressibleByStringLiteral {
    /// The events of one type, exact or ending in `*`; reads as ``init(types:_:)`` does.
    ///
    /// - Parameter value: A literal; a wrong one is a mistake in the program and stops it.
    public init(stringLiteral value: StaticString) {
        self.init(types: value)
    }
}
