extension EventPattern {
    /// The events of the given types, as text that is known only when the program runs.
    ///
    /// A type that holds `*` or `\` is a wildcard: `*` stands for zero or more characters, `\*` and `\\` for the
    /// characters themselves. Any other is taken as it stands.
    ///
    /// - Parameter types: At least one event type.
    /// - Throws: `malformed` if there is no type, or a type holds `**` or another escape; `tooComplex` beyond
    ///   ``wildcardLimit``. Trying again cannot help.
    public init(types: [String]) throws(EventPatternError) {
        try self.init(typeNodes: types.map { PatternValue(type: $0).node })
    }

    /// The events of the given types, written in code.
    ///
    /// `EventPattern(types: "order.created.v1", "payment.*")` reads as ``init(types:)`` does, but takes only literals:
    /// what is wrong with them is a mistake in the program and stops it. Text from outside cannot come here.
    ///
    /// - Parameters:
    ///   - first: An event type, exact or with `*`.
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
        try self.init(typeNodes: types.map { JSONTree(.text($0)) })
    }

    private init(typeNodes nodes: [JSONTree]) throws(EventPatternError) {
        do throws(PatternRefusal) {
            try self.init(parsing: .object(PatternField.type, .list(nodes)))
        } catch {
            throw error.error()
        }
    }
}

extension EventPattern: ExpressibleByStringLiteral {
    /// The events of one type, exact or with `*`; reads as ``init(types:_:)`` does.
    ///
    /// - Parameter value: A literal; a wrong one is a mistake in the program and stops it.
    public init(stringLiteral value: StaticString) {
        self.init(types: value)
    }
}
