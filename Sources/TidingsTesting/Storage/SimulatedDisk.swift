import TidingsLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The state of a simulated machine: files, names, locks, power and the faults to come. No locks and no threads.
struct SimulatedDisk: Sendable {
    /// An open file.
    struct Handle: Sendable {
        let file: Int
        let number: Int
    }

    /// The process that may make calls; those before it were killed.
    private(set) var process = 1
    private(set) var operationCount = 0
    var capacity = Int.max
    var faults = FaultPlan()
    /// The power goes when this operation has happened.
    var lastOperation = Int.max

    private var isOff = false
    private var order = 0
    private var files: [Int: StoredFile] = [:]
    private var lastFile = 0
    private var folders = FolderTree()
    /// Which handle holds the lock of a file.
    private var locks: [Int: Int] = [:]
    private var lastHandle = 0

    init() {}

    var isPowered: Bool { !isOff && operationCount < lastOperation }

    /// Lets a call of a process begin: counts it, and finds out whether it is to fail.
    ///
    /// - Throws: `EIO` when the process or the machine is dead.
    mutating func begin(
        _ operation: SimulatedFileSystem.Operation, _ path: String, _ process: Int
    ) throws(FileError) -> SimulatedFileSystem.Failure? {
        try check(operation, path, process)
        if operation.isChange { operationCount += 1 }
        return faults.failure(of: operation, path)
    }

    /// Refuses calls of a dead process or machine.
    func check(_ operation: SimulatedFileSystem.Operation, _ path: String, _ process: Int) throws(FileError) {
        guard isPowered, process == self.process else { throw FileError(operation.call, path, EIO) }
    }

    /// Lets a call begin that has no effect when it fails.
    mutating func admit(
        _ operation: SimulatedFileSystem.Operation, _ path: String, _ process: Int
    ) throws(FileError) {
        if let number = try begin(operation, path, process)?.number {
            throw FileError(operation.call, path, number)
        }
    }

    mutating func makeDirectory(_ path: EntryPath, _ process: Int) throws(FileError) -> Bool {
        try check(.makeDirectory, path.full, process)
        switch try folders.entry(path, "mkdir") {
        case .folder: return false
        case .file: throw FileError("mkdir", path.full, ENOTDIR)
        case nil:
            try admit(.makeDirectory, path.full, process)
            folders.make(.add(path, .folder), order: &order)
            return true
        }
    }

    mutating func list(_ path: EntryPath, _ process: Int) throws(FileError) -> [String] {
        try admit(.list, path.full, process)
        return try folders.entries(path, "opendir").keys.sorted()
    }

    /// Opens a file.
    mutating func open(_ path: EntryPath, _ access: FileAccess, _ process: Int) throws(FileError) -> Handle {
        let isNew = access == .create
        try admit(isNew ? .create : .open, path.full, process)
        let file = isNew ? try findOrCreate(path) : try folders.file(path, "open")
        if isNew { files[file]?.empty(order: &order) }
        return handle(file)
    }

    mutating func rename(_ path: EntryPath, to newPath: EntryPath, _ process: Int) throws(FileError) {
        try admit(.rename, path.full, process)
        let file = try folders.file(path, "rename")
        if try folders.entry(newPath, "rename") == .folder { throw FileError("rename", newPath.full, EISDIR) }
        guard path != newPath else { return }
        folders.make(.rename(path, to: newPath, .file(file)), order: &order)
    }

    mutating func remove(_ path: EntryPath, _ process: Int) throws(FileError) {
        try admit(.remove, path.full, process)
        let file = try folders.file(path, "unlink")
        folders.make(.remove(path, .file(file)), order: &order)
    }

    mutating func synchronizeDirectory(_ path: EntryPath, _ process: Int) throws(FileError) {
        let failure = try begin(.synchronizeDirectory, path.full, process)
        if let number = failure?.number { throw FileError("fsync", path.full, number) }
        _ = try folders.entries(path, "fsync")
        if failure != nil { return }
        folders.synchronize(path.full)
        forgetUnreachable()
    }

    /// Opens the file and takes its lock, or says who has it.
    mutating func lock(_ path: EntryPath, _ process: Int) throws(FileError) -> (handle: Handle, owner: String?) {
        try admit(.lock, path.full, process)
        let handle = handle(try findOrCreate(path))
        if locks[handle.file] != nil { return (handle, firstLine(handle.file)) }
        locks[handle.file] = handle.number
        files[handle.file]?.empty(order: &order)
        Array("\(process)\n".utf8).withUnsafeBytes { _ = write($0, at: 0, handle.file) }
        return (handle, nil)
    }

    func content(_ file: Int) -> FileContent { files[file]?.current ?? FileContent() }

    func allocatedPages(_ file: Int) -> Int { files[file]?.allocatedPages ?? 0 }

    /// Writes as much as there is room for; returns how many bytes that were.
    mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ file: Int) -> Int {
        let room = freePages
        return files[file]?.write(bytes, at: offset, order: &order, room: room) ?? 0
    }

    mutating func allocate(_ byteCount: Int, _ file: Int, _ path: String) throws(FileError) {
        guard let missing = files[file]?.pagesMissing(for: byteCount), missing <= freePages else {
            throw FileError("posix_fallocate", path, ENOSPC)
        }
        files[file]?.allocate(byteCount, order: &order)
    }

    mutating func truncate(_ file: Int, to byteCount: Int) { files[file]?.truncate(to: byteCount, order: &order) }

    mutating func synchronize(_ file: Int, _ path: String, _ process: Int) throws(FileError) {
        let failure = try begin(.synchronize, path, process)
        if let number = failure?.number {
            if !SimulatedFileSystem.leavesSyncsAlone(number) { files[file]?.failSynchronization() }
            throw FileError("fdatasync", path, number)
        }
        if failure == nil { files[file]?.synchronize() }
    }

    mutating func discardCache(_ file: Int) { files[file]?.discardCache() }

    /// Gives a handle and its lock back.
    mutating func close(_ handle: Handle, _ process: Int) {
        guard process == self.process else { return }
        if locks[handle.file] == handle.number { locks[handle.file] = nil }
        files[handle.file]?.handles -= 1
        if files[handle.file]?.handles == 0, !folders.mentions(handle.file) { files[handle.file] = nil }
    }

    mutating func cutPower() { isOff = true }

    /// Ends the process: its handles and locks go, what it wrote stays. Returns the next process.
    mutating func endProcess() -> Int {
        process += 1
        locks = [:]
        for file in files.keys { files[file]?.handles = 0 }
        forgetUnreachable()
        return process
    }

    /// The machine after a power cut and a new start, with everything durable that survived.
    func survivor(_ survival: SimulatedFileSystem.Survival) -> SimulatedDisk {
        let orders = files.values.flatMap(\.orders) + folders.changes.map(\.order)
        var chance = SurvivalChance(survival, orders: orders.sorted())
        var disk = SimulatedDisk()
        disk.capacity = capacity
        disk.lastFile = lastFile
        disk.folders = folders.survivor(&chance)
        for (number, file) in files.sorted(by: { $0.key < $1.key }) {
            let content = file.survivor(&chance)
            if disk.folders.mentions(number) { disk.files[number] = StoredFile(content) }
        }
        return disk
    }

    /// The file under a name, for tests to look at.
    func file(_ path: EntryPath) throws(FileError) -> Int { try folders.file(path, "open") }

    /// The names of the files in a folder.
    func fileNames(_ path: EntryPath) throws(FileError) -> [String] {
        try folders.entries(path, "opendir").filter { $0.value != .folder }.keys.sorted()
    }

    mutating func damage(_ file: Int, _ body: (inout FileContent) -> Void) { files[file]?.damage(body) }

    /// Pages that files take; removed ones for as long as they are open.
    var usedPages: Int {
        let named = folders.files
        return files.reduce(0) { sum, entry in
            entry.value.handles > 0 || named.contains(entry.key) ? sum + entry.value.allocatedPages : sum
        }
    }

    private var freePages: Int {
        capacity == .max ? .max : max(0, capacity / FileContent.pageBytes - usedPages)
    }

    private mutating func handle(_ file: Int) -> Handle {
        files[file]?.handles += 1
        lastHandle += 1
        return Handle(file: file, number: lastHandle)
    }

    private func firstLine(_ file: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes { content(file).read(into: $0, at: 0) }
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private mutating func findOrCreate(_ path: EntryPath) throws(FileError) -> Int {
        switch try folders.entry(path, "open") {
        case .file(let file): return file
        case .folder: throw FileError("open", path.full, EISDIR)
        case nil:
            lastFile += 1
            files[lastFile] = StoredFile()
            folders.make(.add(path, .file(lastFile)), order: &order)
            return lastFile
        }
    }

    private mutating func forgetUnreachable() {
        for (number, file) in files where file.handles == 0 && !folders.mentions(number) { files[number] = nil }
    }
}
