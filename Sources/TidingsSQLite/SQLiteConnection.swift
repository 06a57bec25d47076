import GRDB
import GRDBSQLite
import Tidings

/// A connection of the pool while it is ours.
final class SQLiteConnection: DatabaseConnection {
    private let database: GRDB.Database

    init(_ database: GRDB.Database) {
        self.database = database
    }

    var isInTransaction: Bool { database.isInsideTransaction }

    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int {
        let prepared = try prepare(statement.text)
        try prepared.bind(statement.values)
        try prepared.run()
        return changesCount
    }

    @discardableResult
    func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
        let prepared = try prepare(text.description)
        return try rows.map { row in
            try prepared.bind(row)
            try prepared.run()
            return changesCount
        }
    }

    func query(_ statement: SQLStatement) throws -> [SQLRow] {
        let prepared = try prepare(statement.text)
        try prepared.bind(statement.values)
        return try prepared.rows()
    }

    func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
        try run("SAVEPOINT tidings")
        do {
            let result = try body()
            try run("RELEASE tidings")
            return result
        } catch {
            if database.isInsideTransaction {
                try run("ROLLBACK TO tidings")
                try run("RELEASE tidings")
            }
            throw error
        }
    }

    /// Sets whether commits are synced to the disk.
    func setSynchronous(_ isSynced: Bool) throws {
        try run(isSynced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
    }

    /// Begins a transaction that locks at once.
    func begin() throws {
        try run("BEGIN IMMEDIATE")
    }

    /// Runs a body in the transaction that was begun, and commits it.
    func commit(_ body: () throws -> Void) throws {
        do {
            try body()
            try run("COMMIT")
        } catch {
            if database.isInsideTransaction { try run("ROLLBACK") }
            throw error
        }
    }

    private func run(_ text: String) throws {
        try prepare(text).run()
    }

    private var changesCount: Int { Int(sqlite3_changes64(database.sqliteConnection)) }

    private func prepare(_ text: String) throws -> PreparedStatement {
        do {
            return PreparedStatement(try database.cachedStatement(sql: text), on: database)
        } catch let error as GRDB.DatabaseError {
            throw TidingsError(error)
        }
    }
}
