/// A field of an event and the values it may have, of which one must hold.
public struct Field: PatternClause {
    let path: String
    let values: [PatternValue]

    /// A field that holds if one of the values does.
    ///
    /// - Parameters:
    ///   - path: The names on the way to the field, joined by dots, such as `data.total`.
    ///   - values: At least one value; none is refused when the pattern is made.
    public init(_ path: String, _ values: PatternValue...) {
        self.init(path, of: values)
    }

    /// A field that holds if one of the values does, which are known only when the program runs.
    ///
    /// - Parameters:
    ///   - path: The names on the way to the field, joined by dots, such as `data.total`.
    ///   - values: At least one value; none is refused when the pattern is made.
    public init(_ path: String, of values: [PatternValue]) {
        self.path = path
        self.values = values
    }

    /// The clause as JSON.
    public var members: PatternMembers {
        PatternMembers(nodes: [JSONTree.Member(key: path, node: .list(values.map(\.node)))])
    }
}
