import Foundation
import GRDB
import GRDBSQLite
import Tidings

/// A connection that only reads, and counts how much SQLite does for it.
final class CountedConnection: DatabaseConnection {
    struct OnlyReads: Error {}

    private let database: GRDB.Database
    /// How many instructions of its statements SQLite has run: the more rows they walk, the more.
    private(set) var steps = 0

    private init(_ database: GRDB.Database) {
        self.database = database
    }

    /// Runs a body on the database in a file.
    /// - Returns: what the body returns, and how many steps it took.
    static func reading<Result>(
        _ path: String, _ body: (any DatabaseConnection) throws -> Result
    ) throws -> (result: Result, steps: Int) {
        try DatabaseQueue(path: path).read { database in
            let connection = CountedConnection(database)
            let result = try body(connection)
            return (result, connection.steps)
        }
    }

    func query(_ statement: SQLStatement) throws -> [SQLRow] {
        let prepared = try database.makeStatement(sql: statement.text)
        let arguments = StatementArguments(statement.values.map(\.databaseValue))
        let rows = try Row.fetchAll(prepared, arguments: arguments).map { row in
            SQLRow(columns: Array(row.columnNames), values: row.databaseValues.map(SQLValue.init))
        }
        steps += Int(sqlite3_stmt_status(prepared.sqliteStatement, SQLITE_STMTSTATUS_VM_STEP, 1))
        return rows
    }

    func execute(_ statement: SQLStatement) throws -> Int { throw OnlyReads() }

    func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] { throw OnlyReads() }

    func savepoint<Result>(_ body: () throws -> Result) throws -> Result { throw OnlyReads() }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(number)
            case .double(let number): .real(number)
            case .string(let text): .text(text)
            case .blob(let data): .blob([UInt8](data))
            }
    }
}
