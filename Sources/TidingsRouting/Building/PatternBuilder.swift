/// Collects the clauses of a pattern written in Swift; conditions and loops may choose them.
@resultBuilder
public enum PatternBuilder {
    /// One clause.
    public static func buildExpression(_ clause: some PatternClause) -> [any PatternClause] { [clause] }

    /// One clause after another.
    public static func buildBlock(_ clauses: [any PatternClause]...) -> [any PatternClause] { clauses.flatMap(\.self) }

    /// The clauses of an `if` without `else`.
    public static func buildOptional(_ clauses: [any PatternClause]?) -> [any PatternClause] { clauses ?? [] }

    /// The clauses of an `if`.
    public static func buildEither(first clauses: [any PatternClause]) -> [any PatternClause] { clauses }

    /// The clauses of an `else`.
    public static func buildEither(second clauses: [any PatternClause]) -> [any PatternClause] { clauses }

    /// The clauses of a loop.
    public static func buildArray(_ clauses: [[any PatternClause]]) -> [any PatternClause] { clauses.flatMap(\.self) }
}
