import Foundation
import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a folder that is open is refused with the process that has it`() throws {
        let first = try OpenedLog(folder)
        let error = try #require(throws: LogError.self) { try OpenedLog(folder) }
        #expect(error.code == .locked)
        #expect(error.message.contains("process \(ProcessInfo.processInfo.processIdentifier)."))
        #expect(error.message.contains(folder.path) && error.message.contains("One process at a time"))
        first.log.close()
        try OpenedLog(folder).log.close()
    }

    @Test func `a refused opening leaves the folder free`() async throws {
        let opened = try OpenedLog(folder)
        try await opened.commit(record(0))
        opened.log.close()
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try Log.open(directory: folder.path, options: .small) { _, _ in throw Refusal() }
        }
        #expect(try recover(folder).records == [record(0)])
    }

    @Test func `a record that is too large is refused and the log goes on`() async throws {
        var options = LogOptions.small
        options.maximumRecordBytes = 100
        let opened = try OpenedLog(folder, options)
        #expect(code { try opened.append(record(0, byteCount: 101)) } == .tooLarge)
        #expect(code { try opened.log.append(byteCount: -1, urgency: .sync) { _ in } } == .tooLarge)
        try await opened.commit(record(1, byteCount: 100))
        opened.log.close()
        #expect(try recover(folder).records == [record(1, byteCount: 100)])
    }

    @Test func `too much in memory is refused until the writer has caught up`() async throws {
        var options = LogOptions.small
        options.maximumStagedBytes = 4096
        let opened = try OpenedLog(folder, options, isStarted: false)
        let first = try opened.append(record(0, byteCount: 3000))
        #expect(code { try opened.append(record(1, byteCount: 3000)) } == .overloaded)
        opened.start()
        await opened.commits.synced(first)
        try await opened.commit(record(1, byteCount: 3000))
    }

    @Test(arguments: [FaultyFileSystem.Call.write, .synchronize])
    func `a failed call stops the log and is not tried again`(call: FaultyFileSystem.Call) async throws {
        let system = FaultyFileSystem()
        let opened = try OpenedLog(folder, fileSystem: system)
        try await opened.commit(record(0))
        system.fail(call, with: EIO)
        let before = system.synchronizations
        let ticket = try await opened.commit(record(1))
        let progress = await opened.commits.first { $0.failure != nil }
        #expect(progress.failure?.code == .io)
        #expect(!progress.covers(ticket))
        #expect(system.synchronizations == before + (call == .synchronize ? 1 : 0))
        let error = try #require(throws: LogError.self) { try opened.append(record(2)) }
        #expect(error.code == .stopped)
        #expect((error.cause as? LogError)?.code == .io)
        opened.log.close()
        #expect(system.synchronizations == before + (call == .synchronize ? 1 : 0))
        #expect(try recover(folder).records.first == record(0))
    }

    @Test func `a missing folder is made, with those above it`() throws {
        let path = folder.path + "/a/b"
        try Log.open(directory: path) { _, _ in }.close()
        #expect(try folder.names() == ["a"])
    }

    @Test func `the names of all folders become durable, of those as well that were there`() throws {
        let system = FaultyFileSystem()
        try FileManager.default.createDirectory(atPath: folder.path + "/a", withIntermediateDirectories: false)
        try Log.open(directory: folder.path + "/a/b", fileSystem: system) { _, _ in }.close()
        let above = String(folder.path[..<(try #require(folder.path.lastIndex(of: "/")))])
        #expect(system.synchronizedFolders.isSuperset(of: [above, folder.path, folder.path + "/a"]))
    }

    @Test(arguments: [(EACCES, true), (EROFS, true), (EIO, false)])
    func `a folder above that this process cannot sync is left to who made it`(number: Int32, isLeft: Bool) throws {
        let system = FaultyFileSystem()
        system.fail(.synchronizeDirectory, with: number)
        if isLeft {
            try system.createDirectory(folder.path)
        } else {
            #expect(throws: FileError.self) { try system.createDirectory(folder.path) }
        }
        // The name of one that is new rests on nobody else.
        #expect(throws: FileError.self) { try system.createDirectory(folder.path + "/new") }
    }

    @Test func `a file in the place of a folder is refused`() throws {
        try folder.write([], to: "file")
        #expect(code { try Log.open(directory: folder.path + "/file") { _, _ in } } == .io)
        #expect(code { try Log.open(directory: folder.path + "/file/a") { _, _ in } } == .io)
    }

    @Test func `an option out of its range is refused`() {
        let changes: [(inout LogOptions) -> Void] = [
            { $0.segmentBytes = 0 }, { $0.maximumRecordBytes = 0 }, { $0.maximumStagedBytes = 2 << 30 },
            { $0.lazyCommit = .seconds(-1) },
        ]
        for change in changes {
            var options = LogOptions()
            change(&options)
            #expect(code { try OpenedLog(folder, options) } == .invalidOption)
        }
    }
}
