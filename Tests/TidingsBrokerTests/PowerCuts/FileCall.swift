import TidingsLog
import TidingsTesting

/// A call to a watched file system that was made, or that failed.
enum FileCall: Sendable {
    case wrote(String)
    case renamed(String, isReplacing: Bool)
    case removed(String)
    case failed(SimulatedFileSystem.Operation, FileError)
}
