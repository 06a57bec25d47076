import GRDB
import Tidings

extension TidingsError {
    /// What SQLite says: the database is not available, or the statement is wrong.
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
