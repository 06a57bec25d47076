import TidingsLog
import TidingsTesting

/// A call to a watched file system that was made, is about to be made, or failed.
enum FileCall: Sendable {
    /// About to be opened to be read, or read and written.
    case opening(String)
    case wrote(String)
    case renamed(String, isReplacing: Bool)
    case removed(String)
    case failed(SimulatedFileSystem.Operation, FileError)
}
