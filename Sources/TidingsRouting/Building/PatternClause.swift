/// A part of a pattern written in Swift: ``Field``, ``AnyOf`` or ``AllOf``.
public protocol PatternClause: Sendable {
    /// The clause as JSON.
    var members: PatternMembers { get }
}

/// What a clause adds to an object of the JSON form.
public struct PatternMembers: Sendable {
    let nodes: [JSONTree.Member]
}

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
