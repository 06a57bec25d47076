import TidingsLog
import TidingsTesting

/// A simulated machine that tells of each change right after it: a boundary at which its power could have gone.
final class WatchedFileSystem: FileSystem {
    let system: SimulatedFileSystem
    fileprivate let isCacheKept: Bool
    private let onCall: @Sendable (FileCall) -> Void
    private let onChange: @Sendable (SimulatedFileSystem) -> Void

    /// - Parameters:
    ///   - isCacheKept: Whether what a failed sync left in memory is read for ever, though nobody wants it.
    ///   - onCall: Told what was called, before `onChange`.
    ///   - onChange: Called at each boundary.
    init(
        _ system: SimulatedFileSystem, isCacheKept: Bool = false,
        onCall: @escaping @Sendable (FileCall) -> Void = { _ in },
        onChange: @escaping @Sendable (SimulatedFileSystem) -> Void
    ) {
        self.system = system
        self.isCacheKept = isCacheKept
        self.onCall = onCall
        self.onChange = onChange
    }

    /// Makes a call that may change something, and tells of it.
    fileprivate func change<Result>(
        _ operation: SimulatedFileSystem.Operation, _ call: FileCall? = nil, _ body: () throws(FileError) -> Result
    ) throws(FileError) -> Result {
        do {
            let result = try body()
            passed(call)
            return result
        } catch {
            onCall(.failed(operation, error))
            throw error
        }
    }

    fileprivate func passed(_ call: FileCall?) {
        if let call { onCall(call) }
        onChange(system)
    }

    fileprivate func failed(_ error: FileError) { onCall(.failed(.write, error)) }

    func list(_ directory: String) throws(FileError) -> [String] { try system.list(directory) }

    func makeDirectory(_ path: String) throws(FileError) -> Bool {
        try change(.makeDirectory) { () throws(FileError) in try system.makeDirectory(path) }
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        let isReplacing = (try? system.contents(of: newPath)) != nil
        try change(.rename, .renamed(path, isReplacing: isReplacing)) { () throws(FileError) in
            try system.rename(path, to: newPath)
        }
    }

    func remove(_ path: String) throws(FileError) {
        try change(.remove, .removed(path)) { () throws(FileError) in try system.remove(path) }
    }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        try change(.synchronizeDirectory) { () throws(FileError) in try system.synchronizeDirectory(path) }
    }

    func lock(_ path: String) throws(FileError) -> FileLock {
        try change(.lock) { () throws(FileError) in try system.lock(path) }
    }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        guard access == .create else {
            onCall(.opening(path))
            return WatchedFile(try system.open(path, access), self)
        }
        return try change(.create) { () throws(FileError) in WatchedFile(try system.open(path, access), self) }
    }
}

private final class WatchedFile: LogFile {
    private let file: any LogFile
    private let system: WatchedFileSystem

    var path: String { file.path }

    init(_ file: any LogFile, _ system: WatchedFileSystem) {
        self.file = file
        self.system = system
    }

    func size() throws(FileError) -> Int { try file.size() }
    func allocatedSize() throws(FileError) -> Int { try file.allocatedSize() }
    func firstData(from offset: Int) throws(FileError) -> Int? { try file.firstData(from: offset) }

    func discardCache() {
        if !system.isCacheKept { file.discardCache() }
    }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        try file.read(into: &buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        // Not in a closure, which cannot capture a span.
        do {
            try file.write(bytes, at: offset)
        } catch {
            system.failed(error)
            throw error
        }
        system.passed(.wrote(path))
    }

    func allocate(_ byteCount: Int) throws(FileError) {
        try system.change(.allocate) { () throws(FileError) in try file.allocate(byteCount) }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        try system.change(.truncate) { () throws(FileError) in try file.truncate(to: byteCount) }
    }

    func synchronize() throws(FileError) {
        try system.change(.synchronize) { () throws(FileError) in try file.synchronize() }
    }
}
