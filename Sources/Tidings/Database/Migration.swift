/// A step that brings a database from one shape to the next. Each runs once, in order, in a transaction of its own.
public struct Migration: Sendable {
    /// The name by which it is remembered as done; never changed once released.
    public let name: String
    let statements: @Sendable (any DatabaseEngine) -> [SQLStatement]

    /// Makes a step of statements, which run in order in one transaction.
    /// - Parameters:
    ///   - name: unique among the migrations of a database, and never changed once released.
    ///   - statements: SQL that every database in use understands.
    public init(_ name: String, _ statements: SQLStatement...) {
        self.name = name
        self.statements = { _ in statements }
    }

    init(_ name: String, _ statements: @escaping @Sendable (any DatabaseEngine) -> [SQLStatement]) {
        self.name = name
        self.statements = statements
    }
}
