import Foundation
import GRDB
import Tidings

extension SQLValue {
    init(_ value: GRDB.DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob([UInt8](data))
        }
    }

    var databaseValue: GRDB.DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}

extension TidingsError {
    /// What SQLite says: the ground is gone, or the statement is wrong.
    init(_ error: GRDB.DatabaseError) {
        let message = error.message ?? "no message"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.unavailable, "the database is locked by another process: \(message)")
        case .SQLITE_FULL:
            self.init(.unavailable, "the disk of the database is full: \(message)")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_NOMEM, .SQLITE_CORRUPT, .SQLITE_NOTADB,
            .SQLITE_PROTOCOL, .SQLITE_INTERRUPT, .SQLITE_ABORT:
            self.init(.unavailable, "the database cannot be used: \(message) (\(error.resultCode))")
        default:
            // The statement's text, never its values.
            self.init(.statement, "\(message), in: \(error.sql ?? "no statement")")
        }
    }
}
