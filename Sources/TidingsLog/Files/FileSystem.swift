/// Everything the log asks of a file system, so that a test can put a simulated one in its place.
///
/// A provider returns only when the call has had its effect, deals with interrupted calls and short writes itself, and
/// reports every other failure; it never tries a failed call again. What passes by itself, such as a want of descriptors,
/// is dealt with by ``RetryingFileSystem``, which the log puts around any other.
package protocol FileSystem: Sendable {
    /// Makes one folder, unless it is there. Durable after ``synchronizeDirectory(_:)`` of the one it is in.
    ///
    /// - Returns: `false` if it was there before. Something of its name that is not a folder is an error.
    func makeDirectory(_ path: String) throws(FileError) -> Bool

    /// The names in a folder, in no particular order.
    func list(_ directory: String) throws(FileError) -> [String]

    /// Opens a file. It is closed when the last reference to it goes.
    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile

    /// Gives a file another name, in place of what had that name. Durable after ``synchronizeDirectory(_:)``.
    func rename(_ path: String, to newPath: String) throws(FileError)

    /// Removes a file. Durable after ``synchronizeDirectory(_:)``.
    func remove(_ path: String) throws(FileError)

    /// Makes the names in a folder durable.
    func synchronizeDirectory(_ path: String) throws(FileError)

    /// Takes the exclusive lock that the file stands for, without waiting, and writes this process's id into it.
    func lock(_ path: String) throws(FileError) -> FileLock
}

/// What a file is opened for.
package enum FileAccess: Sendable {
    /// An existing file, to read.
    case read
    /// An existing file, to read and write.
    case update
    /// A new, empty file, to read and write; one that had the name is emptied.
    case create
}

/// The outcome of asking for a lock.
package enum FileLock: Sendable {
    /// The lock is held for as long as this file is referenced.
    case acquired(any LogFile)
    /// Someone else holds it; what they wrote into it.
    case held(by: String)
}
