#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Log {
    /// Opens the log in a folder, or makes one, and hands over every record that is in it.
    ///
    /// Takes time in proportion to what is read. What it hands over is durable, in the order of appends. A group that
    /// was being written when the process or the machine stopped may be there in part, up to a whole record; the rest of
    /// it is cut, with a warning. Anything else that is not as it was written is refused and left untouched.
    ///
    /// - Parameters:
    ///   - directory: The folder, which is made if it is missing. It belongs to the log alone.
    ///   - options: Sizes and times.
    ///   - from: Called once, when the folder is locked: the position of a record that was durable, to begin with; or
    ///     `nil`, as by default, to begin with the first record of all. Segments before it are not read. A log that does
    ///     not reach to that record has lost something, and is refused.
    ///   - onWarning: Told, in a sentence that names file and offset, what was cut. Writes to standard error by default.
    ///   - replay: Called for each record with its position and payload.
    /// - Returns: The log, which takes records at once and writes them after ``start(onCommit:)``.
    /// - Throws: ``LogError`` with the code ``LogError/Code/locked`` when the folder is open elsewhere,
    ///   ``LogError/Code/corrupt`` with file and offset when something durable is missing or changed, or when segments
    ///   were removed and there is no position to begin with, ``LogError/Code/unsupportedFormat``,
    ///   ``LogError/Code/full``, ``LogError/Code/io`` or ``LogError/Code/invalidOption``; and whatever `from` and `replay`
    ///   throw. The folder is free again after any of them.
    public static func open(
        directory: String,
        options: LogOptions = LogOptions(),
        from: () throws -> LogPosition? = { nil },
        onWarning: (String) -> Void = printWarning,
        replay: (LogPosition, RawSpan) throws -> Void
    ) throws -> Log {
        try open(
            directory: directory, options: options, fileSystem: POSIXFileSystem(), from: from, onWarning: onWarning,
            replay: replay)
    }

    /// Opens the log on another file system than the machine's.
    package static func open(
        directory: String,
        options: LogOptions = LogOptions(),
        fileSystem: any FileSystem,
        from: () throws -> LogPosition? = { nil },
        onWarning: (String) -> Void = printWarning,
        replay: (LogPosition, RawSpan) throws -> Void
    ) throws -> Log {
        try options.validate()
        let fileSystem = RetryingFileSystem(fileSystem)
        try LogError.wrapping { () throws(FileError) in try fileSystem.createDirectory(directory) }
        let folder = SegmentFolder(directory: directory, fileSystem: fileSystem)
        let lock = try folder.lock()
        let start = try from()
        return try withoutActuallyEscaping(onWarning) { onWarning in
            try withoutActuallyEscaping(replay) { replay in
                let recovery = Recovery(
                    folder: folder, options: options, start: start, onWarning: onWarning, replay: replay)
                return Log(folder, try recovery.run(), options, lock: lock, retries: fileSystem.retries)
            }
        }
    }

    /// Writes a warning to standard error; what ``open(directory:options:from:onWarning:replay:)`` does by default.
    ///
    /// - Parameter warning: The sentence to write.
    public static func printWarning(_ warning: String) {
        let line = ContiguousArray("warning: \(warning)\n".utf8)
        line.withUnsafeBytes { bytes in
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
