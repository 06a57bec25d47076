import Foundation
import Synchronization
import TidingsLog

/// The machine's file system, which tells what was asked of it and fails when told to.
final class FaultyFileSystem: FileSystem {
    enum Call: Hashable { case create, write, synchronize, allocate, rename, remove, synchronizeDirectory }

    private let system = POSIXFileSystem()
    private let faults = Mutex<[Call: Int32]>([:])
    private let callsLeft = Mutex<Int?>(nil)
    private let syncs = Atomic(0)
    private let folders = Mutex<Set<String>>([])
    private let reads = Mutex((count: 0, largest: 0))
    private let meanwhile = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// How often a file was synced, other than those that are not complete yet.
    var synchronizations: Int { syncs.load(ordering: .relaxed) }
    /// The folders whose names were made durable.
    var synchronizedFolders: Set<String> { folders.withLock { $0 } }
    /// The most bytes that one read had room for.
    var largestRead: Int { reads.withLock { $0.largest } }
    /// How many reads there were.
    var readCount: Int { reads.withLock { $0.count } }

    /// Forgets which reads there were.
    func forgetReads() { reads.withLock { $0 = (0, 0) } }

    /// Does something when the next file has been opened to be read, before whoever opened it gets it.
    func afterOpening(_ body: @escaping @Sendable (String) -> Void) { meanwhile.withLock { $0 = body } }

    /// Lets every call of a kind fail from now on.
    func fail(_ call: Call, with number: Int32) { faults.withLock { $0[call] = number } }

    /// Lets the calls of a kind succeed again.
    func heal(_ call: Call) { faults.withLock { $0[call] = nil } }

    /// Lets so many more calls change something; all after them fail, as if the machine had stopped.
    func stop(afterCalls count: Int) { callsLeft.withLock { $0 = count } }

    /// Whether a call failed because of ``stop(afterCalls:)``.
    var hasStopped: Bool { callsLeft.withLock { $0.map { $0 < 0 } ?? false } }

    func check(_ call: Call, _ path: String) throws(FileError) {
        let isStopped = callsLeft.withLock { left in
            left = left.map { max($0 - 1, -1) }
            return left.map { $0 < 0 } ?? false
        }
        if isStopped { throw FileError("\(call)", path, EIO) }
        if call == .synchronize, !path.hasSuffix(".tmp") { syncs.add(1, ordering: .relaxed) }
        if let number = faults.withLock({ $0[call] }) { throw FileError("\(call)", path, number) }
    }

    func noteRead(_ byteCount: Int) { reads.withLock { $0 = ($0.count + 1, max($0.largest, byteCount)) } }

    func makeDirectory(_ path: String) throws(FileError) -> Bool { try system.makeDirectory(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try system.list(directory) }
    func lock(_ path: String) throws(FileError) -> FileLock { try system.lock(path) }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        try check(.rename, path)
        try system.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(FileError) {
        try check(.remove, path)
        try system.remove(path)
    }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        try check(.synchronizeDirectory, path)
        try system.synchronizeDirectory(path)
        folders.withLock { _ = $0.insert(path) }
    }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        if case .create = access { try check(.create, path) }
        let file = try FaultyFile(system.open(path, access), self)
        if case .read = access { meanwhile.withLock { $0.take() }?(path) }
        return file
    }
}

private final class FaultyFile: LogFile {
    private let file: any LogFile
    private let system: FaultyFileSystem

    var path: String { file.path }

    init(_ file: any LogFile, _ system: FaultyFileSystem) {
        self.file = file
        self.system = system
    }

    func size() throws(FileError) -> Int { try file.size() }
    func allocatedSize() throws(FileError) -> Int { try file.allocatedSize() }
    func firstData(from offset: Int) throws(FileError) -> Int? { try file.firstData(from: offset) }
    func discardCache() { file.discardCache() }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        system.noteRead(buffer.byteCount)
        return try file.read(into: &buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        try system.check(.write, path)
        try file.write(bytes, at: offset)
    }

    func allocate(_ byteCount: Int) throws(FileError) {
        try system.check(.allocate, path)
        try file.allocate(byteCount)
    }

    func truncate(to byteCount: Int) throws(FileError) { try file.truncate(to: byteCount) }

    func synchronize() throws(FileError) {
        try system.check(.synchronize, path)
        try file.synchronize()
    }
}
