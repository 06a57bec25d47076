#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A system call that failed.
package struct FileError: Error, Sendable, CustomStringConvertible {
    /// The name of the call.
    package let operation: String
    /// The file or folder it was for.
    package let path: String
    /// The value of `errno` after it.
    package let number: Int32

    package init(_ operation: String, _ path: String, _ number: Int32) {
        self.operation = operation
        self.path = path
        self.number = number
    }

    package var description: String {
        "\(operation) of \(path): \(String(cString: strerror(number))), errno \(number)"
    }

    /// A file that ended before what it had been seen to hold.
    static func shortRead(_ path: String) -> FileError { FileError("pread", path, EIO) }

    /// Whether there is nothing of that name.
    var isMissing: Bool { number == ENOENT }

    /// Whether there was no room, on the disk or in the quota.
    var isFull: Bool { number == ENOSPC || number == EDQUOT }
}

extension LogError {
    /// The log's words for a failed system call that must not be tried again as if it had not been: a write or sync of
    /// what was promised, or a sync of names. Whoever gets it stops the log.
    init(stopping error: FileError) {
        let advice = error.isFull ? "Make room there" : "Check the disk and the permissions"
        self.init(
            .io,
            "The operating system refused \(error.operation) of \(error.path). \(advice), then open the log again.",
            cause: error)
    }

    /// The log's words for a failed system call that may be tried again.
    init(_ error: FileError) {
        if error.isFull {
            let advice = "Make room there; the log goes on by itself."
            self.init(.full, "There is no room on the disk for \(error.path). \(advice)", cause: error)
        } else if error.number == EMFILE || error.number == ENFILE {
            let advice = "Raise the limit on open files (ulimit -n), then open the log again."
            self.init(.io, "No descriptor is left for \(error.path). \(advice)", cause: error)
        } else {
            let advice = "Check the disk and the permissions, then open the log again."
            self.init(.io, "The operating system refused \(error.operation) of \(error.path). \(advice)", cause: error)
        }
    }

    /// Passes on what the body returns, and its failure in the log's words.
    static func wrapping<Result>(_ body: () throws(FileError) -> Result) throws(LogError) -> Result {
        do {
            return try body()
        } catch {
            throw LogError(error)
        }
    }
}
