import Foundation
import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// Where the engine blocks.
@Suite(.timeLimit(.minutes(10))) struct ThreadTests {
    @Test func `every call on a file is made on a thread of the engine, which is on no dispatch queue`() async throws {
        let system = NamedThreadFileSystem()
        var options = EmbeddedOptions.small
        options.windowEvents = 32
        options.retentionBytes = 1
        for _ in 0..<2 {
            let bus = try await EmbeddedEventBus.open(
                "/bus", options: options, logger: .quiet, environment: .seeded(1), fileSystem: system)
            let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
            for start in stride(from: 0, to: 200, by: 20) {
                try await bus.publish((start..<start + 20).map { .numbered($0, padding: 90) })
            }
            // Loads and reads events from the log.
            let deliveries = try await group.take(100)
            try await group.acknowledge(deliveries)
            // Matches history.
            let late = try await bus.subscribe(Subscription(group: "late", pattern: .all, start: .earliest))
            _ = try await late.take(100)
            #expect(try await bus.event(id: EventID("event-150")) != nil)
            #expect(try await !bus.events(after: 100, atMost: 100).isEmpty)
            for _ in 0..<2 { await bus.runMaintenance() }
            await bus.close()
        }
        #expect(system.names.subtracting(["tidings.log", "tidings.prepare", "tidings.work"]) == [])
        #expect(system.names.contains("tidings.work"))
    }
}

/// A simulated file system that notes the names of the threads that call it.
private final class NamedThreadFileSystem: FileSystem {
    private let system = SimulatedFileSystem()
    private let noted = Mutex<Set<String>>([])

    var names: Set<String> { noted.withLock(\.self) }

    fileprivate func note() {
        #if os(Linux)
        let name = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
        noted.withLock { _ = $0.insert(name.trimmingCharacters(in: .newlines)) }
        #else
        noted.withLock { _ = $0.insert(Thread.current.name ?? "") }
        #endif
    }

    func makeDirectory(_ path: String) throws(FileError) -> Bool {
        note()
        return try system.makeDirectory(path)
    }

    func list(_ directory: String) throws(FileError) -> [String] {
        note()
        return try system.list(directory)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        note()
        try system.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(FileError) {
        note()
        try system.remove(path)
    }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        note()
        try system.synchronizeDirectory(path)
    }

    func lock(_ path: String) throws(FileError) -> FileLock {
        note()
        return try system.lock(path)
    }

    func open(_ path: String, _ access: FileAccess) throws(FileError) -> any LogFile {
        note()
        return NamedThreadFile(try system.open(path, access), self)
    }
}

private final class NamedThreadFile: LogFile {
    private let file: any LogFile
    private let system: NamedThreadFileSystem

    var path: String { file.path }

    init(_ file: any LogFile, _ system: NamedThreadFileSystem) {
        self.file = file
        self.system = system
    }

    func size() throws(FileError) -> Int {
        system.note()
        return try file.size()
    }

    func allocatedSize() throws(FileError) -> Int {
        system.note()
        return try file.allocatedSize()
    }

    func firstData(from offset: Int) throws(FileError) -> Int? {
        system.note()
        return try file.firstData(from: offset)
    }

    func discardCache() { file.discardCache() }

    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int {
        system.note()
        return try file.read(into: &buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        system.note()
        try file.write(bytes, at: offset)
    }

    func truncate(to byteCount: Int) throws(FileError) {
        system.note()
        try file.truncate(to: byteCount)
    }

    func allocate(_ byteCount: Int) throws(FileError) {
        system.note()
        try file.allocate(byteCount)
    }

    func synchronize() throws(FileError) {
        system.note()
        try file.synchronize()
    }
}
