/// A file system whose calls are made again while the process or the machine lacks descriptors or memory.
///
/// A log that stops because some other part of the process has opened too many connections would have to be opened again
/// by a person; it waits instead.
package struct RetryingFileSystem: FileSystem {
    private let system: any FileSystem
    package let retries: CallRetries

    /// Wraps a file system; one that is wrapped already stays as it is, with the calls that wait.
    /// - Parameter limit: How long a call is made again at most, until the log that uses it says otherwise.
    package init(_ system: any FileSystem, limit: Duration = .seconds(10)) {
        if let retrying = system as? RetryingFileSystem {
            self = retrying
        } else {
            self.system = system
            retries = CallRetries(limit: limit)
        }
    }

    package func makeDirectory(_ path: String) throws(FileError) -> Bool {
        try retries.repeating { () throws(FileError) in try system.makeDirectory(path) }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        try retries.repeating { () throws(FileError) in try system.list(directory) }
    }

    package func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        RetryingFile(try retries.repeating { () throws(FileError) in try system.open(path, access) }, retries)
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        try retries.repeating { () throws(FileError) in try system.rename(path, to: newPath) }
    }

    package func remove(_ path: String) throws(FileError) {
        try retries.repeating { () throws(FileError) in try system.remove(path) }
    }

    package func synchronizeDirectory(_ path: String) throws(FileError) {
        try retries.repeating(isSync: true) { () throws(FileError) in try system.synchronizeDirectory(path) }
    }

    package func lock(_ path: String) throws(FileError) -> FileLock {
        try retries.repeating { () throws(FileError) in try system.lock(path) }
    }
}

private final class RetryingFile: LogFile {
    private let file: any LogFile
    private let retries: CallRetries

    init(_ file: any LogFile, _ retries: CallRetries) {
        self.file = file
        self.retries = retries
    }

    var path: String { file.path }

    func size() throws(FileError) -> Int {
        try retries.repeating { () throws(FileError) in try file.size() }
    }

    func allocatedSize() throws(FileError) -> Int {
        try retries.repeating { () throws(FileError) in try file.allocatedSize() }
    }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        var attempts = CallRetries.Attempts(retries)
        while true {
            do throws(FileError) {
                let count = try file.read(into: &buffer, at: offset)
                attempts.end()
                return count
            } catch {
                try attempts.wait(after: error)
            }
        }
    }

    func firstData(from offset: Int) throws(FileError) -> Int? {
        try retries.repeating { () throws(FileError) in try file.firstData(from: offset) }
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        var attempts = CallRetries.Attempts(retries)
        while true {
            do throws(FileError) {
                try file.write(bytes, at: offset)
                return attempts.end()
            } catch {
                try attempts.wait(after: error)
            }
        }
    }

    func allocate(_ byteCount: Int) throws(FileError) {
        try retries.repeating { () throws(FileError) in try file.allocate(byteCount) }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        try retries.repeating { () throws(FileError) in try file.truncate(to: byteCount) }
    }

    func synchronize() throws(FileError) {
        try retries.repeating(isSync: true) { () throws(FileError) in try file.synchronize() }
    }

    func discardCache() { file.discardCache() }
}
