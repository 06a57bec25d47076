import Dispatch
import Synchronization
import TidingsLog

/// The machine's file system, whose syncs can be held up and made to fail.
final class HeldFileSystem: FileSystem {
    private struct State {
        var isHeld = false
        var failure: Int32?
    }

    private let system = POSIXFileSystem()
    private let state = Mutex(State())
    private let gate = DispatchSemaphore(value: 0)
    private let arrivals = AsyncStream<Void>.makeStream()

    /// Lets the next sync wait until ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    /// Waits until a sync is held up.
    func waitForSync() async { for await _ in arrivals.stream { return } }

    /// Lets the sync that is held up go on.
    func release() { gate.signal() }

    /// Lets every sync fail from now on.
    func fail(with number: Int32) { state.withLock { $0.failure = number } }

    fileprivate func sync(_ path: String) throws(FileError) {
        let (isHeld, failure) = state.withLock { state in
            // What is being made in the background holds nobody up.
            if path.hasSuffix(".tmp") { return (false, state.failure) }
            defer { state.isHeld = false }
            return (state.isHeld, state.failure)
        }
        if let failure { throw FileError("sync", path, failure) }
        guard isHeld else { return }
        arrivals.continuation.yield()
        gate.wait()
    }

    func makeDirectory(_ path: String) throws(FileError) -> Bool { try system.makeDirectory(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try system.list(directory) }
    func rename(_ path: String, to newPath: String) throws(FileError) { try system.rename(path, to: newPath) }
    func remove(_ path: String) throws(FileError) { try system.remove(path) }
    func synchronizeDirectory(_ path: String) throws(FileError) { try system.synchronizeDirectory(path) }
    func lock(_ path: String) throws(FileError) -> FileLock { try system.lock(path) }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        try HeldFile(system.open(path, access), self)
    }
}

private final class HeldFile: LogFile {
    private let file: any LogFile
    private let system: HeldFileSystem

    var path: String { file.path }

    init(_ file: any LogFile, _ system: HeldFileSystem) {
        self.file = file
        self.system = system
    }

    func size() throws(FileError) -> Int { try file.size() }
    func firstData(from offset: Int) throws(FileError) -> Int? { try file.firstData(from: offset) }
    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) { try file.write(bytes, at: offset) }
    func allocate(_ byteCount: Int) throws(FileError) { try file.allocate(byteCount) }
    func discardCache() { file.discardCache() }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        try file.read(into: &buffer, at: offset)
    }

    func truncate(to byteCount: Int) throws(FileError) { try file.truncate(to: byteCount) }

    func synchronize() throws(FileError) {
        try system.sync(path)
        try file.synchronize()
    }
}
