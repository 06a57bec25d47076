/// Clauses of which one must hold: the `$or` of the JSON form.
///
/// ```swift
/// AnyOf {
///     Field("data.priority", "high")
///     AllOf {
///         Field("data.total", .numeric(above: 100))
///         Field("data.country", "PT")
///     }
/// }
/// ```
public struct AnyOf: PatternClause {
    /// The clause as JSON.
    public let members: PatternMembers

    /// A choice.
    ///
    /// - Parameter clauses: Two or more clauses; fewer are refused when the pattern is made.
    public init(@PatternBuilder _ clauses: () -> [any PatternClause]) {
        let objects = clauses().map { JSONTree(.object($0.members.nodes)) }
        members = PatternMembers(nodes: [JSONTree.Member(key: PatternGrammar.choice, node: .list(objects))])
    }
}
