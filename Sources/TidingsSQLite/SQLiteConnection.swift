import GRDB
import Tidings

/// A connection of the pool while it is ours.
final class SQLiteConnection: DatabaseConnection {
    private let database: GRDB.Database

    init(_ database: GRDB.Database) {
        self.database = database
    }

    var isInTransaction: Bool { database.isInsideTransaction }

    @discardableResult
    func execute(_ statement: Tidings.SQL) throws -> Int {
        let (text, values) = statement.rendered { _ in "?" }
        return try rethrowing {
            let prepared = try database.cachedStatement(sql: text)
            prepared.setUncheckedArguments(StatementArguments(values.map(\.databaseValue)))
            try prepared.execute()
            return database.changesCount
        }
    }

    @discardableResult
    func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
        try rethrowing {
            let prepared = try database.cachedStatement(sql: text.description)
            return try rows.map { row in
                prepared.setUncheckedArguments(StatementArguments(row.map(\.databaseValue)))
                try prepared.execute()
                return database.changesCount
            }
        }
    }

    func query(_ statement: Tidings.SQL) throws -> [SQLRow] {
        let (text, values) = statement.rendered { _ in "?" }
        return try rethrowing {
            let prepared = try database.cachedStatement(sql: text)
            prepared.setUncheckedArguments(StatementArguments(values.map(\.databaseValue)))
            let columns = prepared.columnNames
            let cursor = try Row.fetchCursor(prepared)
            var rows: [SQLRow] = []
            while let row = try cursor.next() {
                rows.append(SQLRow(columns: columns, values: row.databaseValues.map(SQLValue.init)))
            }
            return rows
        }
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
        try rethrowing { try database.execute(sql: text) }
    }

    private func rethrowing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as GRDB.DatabaseError {
            throw TidingsError(error)
        }
    }
}
