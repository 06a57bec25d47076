/// A part of a pattern written in Swift: ``Field``, ``AnyOf`` or ``AllOf``.
public protocol PatternClause: Sendable {
    /// The clause as JSON.
    var members: PatternMembers { get }
}

/// What a clause adds to an object of the JSON form.
public struct PatternMembers: Sendable {
    let nodes: [JSONTree.Member]
}
