import Tidings
import TidingsSQLite

/// A database that has no room for a while, or whose process may die.
final class FailingEngine: DatabaseEngine {
    private let engine: SQLiteEngine
    private let isDead: @Sendable () -> Bool
    /// How many commits are still to fail of those that have to be durable; the others succeed.
    let failedCommits = Dial()
    /// How many of the statements with which handlers note what they have seen are still to fail.
    let failedNotes = Dial()

    /// - Parameter isDead: whether the process is dead: from then on nothing is committed.
    init(_ engine: SQLiteEngine, isDead: @escaping @Sendable () -> Bool = { false }) {
        (self.engine, self.isDead) = (engine, isDead)
    }

    var serialPrimaryKey: SQLStatement { engine.serialPrimaryKey }

    var blobType: SQLStatement { engine.blobType }

    var keyedTable: SQLStatement { engine.keyedTable }

    func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        if durability == .synced, failedCommits.turnBack() { throw TidingsError(.unavailable, "the disk is full") }
        return try await engine.write(durability) { [failedNotes, isDead] connection in
            let result = try body(Connection(connection: connection, failedNotes: failedNotes))
            if isDead() { throw TidingsError(.unavailable, "the process is dead") }
            return result
        }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.read(body)
    }

    private final class Connection: DatabaseConnection {
        private let connection: any DatabaseConnection
        private let failedNotes: Dial

        init(connection: any DatabaseConnection, failedNotes: Dial) {
            (self.connection, self.failedNotes) = (connection, failedNotes)
        }

        func execute(_ statement: SQLStatement) throws -> Int {
            if statement.text.hasPrefix("INSERT INTO seen"), failedNotes.turnBack() {
                throw TidingsError(.unavailable, "the disk is full")
            }
            return try connection.execute(statement)
        }

        func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
            try connection.execute(text, forEach: rows)
        }

        func query(_ statement: SQLStatement) throws -> [SQLRow] { try connection.query(statement) }

        func savepoint<Result>(_ body: () throws -> Result) throws -> Result { try connection.savepoint(body) }
    }
}

extension Bench {
    /// The same database through another connection, which fails as the test says.
    func failing(
        isDead: @escaping @Sendable () -> Bool = { false }
    ) async throws -> (engine: FailingEngine, database: ServiceDatabase) {
        let engine = FailingEngine(try await engine(), isDead: isDead)
        return (engine, try await ServiceDatabase(engine, service: "shop", source: "/shop", environment: environment))
    }
}
