/// Clauses that must hold together, as one choice of an ``AnyOf``.
public struct AllOf: PatternClause {
    /// The clause as JSON.
    public let members: PatternMembers

    /// Several clauses as one.
    ///
    /// - Parameter clauses: At least one clause; none is refused when the pattern is made.
    public init(@PatternBuilder _ clauses: () -> [any PatternClause]) {
        members = PatternMembers(nodes: clauses().flatMap(\.members.nodes))
    }
}
