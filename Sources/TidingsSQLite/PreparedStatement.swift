import GRDB
import GRDBSQLite
import Tidings

/// A statement that SQLite has compiled: bound, stepped and read without values in between.
///
/// GRDB opens the files and keeps the compiled statements. Its own binding and reading make several objects for each
/// value, which took longer than SQLite.
struct PreparedStatement {
    private let statement: GRDB.Statement
    private let database: GRDB.Database

    init(_ statement: GRDB.Statement, on database: GRDB.Database) {
        self.statement = statement
        self.database = database
    }

    private var handle: OpaquePointer { statement.sqliteStatement }

    /// Gives the placeholders their values, in order. Those without a value are `NULL`.
    func bind(_ values: [SQLValue]) throws {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let number): return sqlite3_bind_int64(handle, index, number)
        case .real(let number): return sqlite3_bind_double(handle, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                // An address that is nil would bind NULL.
                guard let start = bytes.baseAddress else { return sqlite3_bind_text(handle, index, "", 0, nil) }
                return UnsafeRawPointer(start).withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(handle, index, $0, Int32(clamping: bytes.count), Self.copied)
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob(handle, index, $0.baseAddress, Int32(clamping: $0.count), Self.copied)
            }
        }
    }

    /// Runs the statement, leaving out any rows.
    func run() throws {
        defer { sqlite3_reset(handle) }
        while try step() {}
    }

    /// Runs the statement and reads its rows.
    func rows() throws -> [SQLRow] {
        defer { sqlite3_reset(handle) }
        let columns = statement.columnNames
        var rows: [SQLRow] = []
        while try step() {
            rows.append(SQLRow(columns: columns, values: columns.indices.map { value(at: Int32($0)) }))
        }
        return rows
    }

    /// - Returns: whether there is a row to be read.
    private func step() throws -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(code)
        }
    }

    private func value(at column: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            let bytes = UnsafeBufferPointer(
                start: sqlite3_column_text(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            return .blob(
                [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))))
        default: return .null
        }
    }

    private func failure(_ code: Int32) -> TidingsError {
        TidingsError(
            GRDB.DatabaseError(
                resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage, sql: statement.sql))
    }

    /// Tells SQLite to copy what it is given (`SQLITE_TRANSIENT`).
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
