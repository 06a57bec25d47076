/// A step that brings a database from one shape to the next. Each runs once, in order, in a transaction of its own.
///
/// A step that has run stays as it is: one whose statements differ from those that ran under its name, in more than spaces
/// and interpolated values, is refused.
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

    /// The statements in a form that spaces and line breaks do not change.
    static func text(of statements: [SQLStatement]) -> String {
        statements.map { $0.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }.joined(separator: ";\n")
    }

    var changedError: TidingsError {
        TidingsError(
            .misconfigured,
            """
            the migration \(name) has run on this database with other statements; a migration stays as it is once it \
            has run: put it back, and add another for what is new
            """)
    }
}
