import TidingsLog
import TidingsTesting

/// A simulated machine that tells of each change right after it: a boundary at which its power could have gone.
final class WatchedFileSystem: FileSystem {
    let system: SimulatedFileSystem
    private let onChange: @Sendable (SimulatedFileSystem) -> Void

    init(_ system: SimulatedFileSystem, onChange: @escaping @Sendable (SimulatedFileSystem) -> Void) {
        self.system = system
        self.onChange = onChange
    }

    fileprivate func changed<Result>(_ result: Result) -> Result {
        onChange(system)
        return result
    }

    func makeDirectory(_ path: String) throws(FileError) -> Bool { changed(try system.makeDirectory(path)) }
    func list(_ directory: String) throws(FileError) -> [String] { try system.list(directory) }
    func rename(_ path: String, to newPath: String) throws(FileError) { changed(try system.rename(path, to: newPath)) }
    func remove(_ path: String) throws(FileError) { changed(try system.remove(path)) }
    func synchronizeDirectory(_ path: String) throws(FileError) { changed(try system.synchronizeDirectory(path)) }
    func lock(_ path: String) throws(FileError) -> FileLock { changed(try system.lock(path)) }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        let file = WatchedFile(try system.open(path, access), self)
        return access == .create ? changed(file) : file
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
    func discardCache() { file.discardCache() }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        try file.read(into: &buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        system.changed(try file.write(bytes, at: offset))
    }

    func allocate(_ byteCount: Int) throws(FileError) { system.changed(try file.allocate(byteCount)) }
    func synchronize() throws(FileError) { system.changed(try file.synchronize()) }
}
