import Foundation
import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct FullDiskTests {
    let folder: TemporaryFolder
    let system = FaultyFileSystem()

    init() throws { folder = try TemporaryFolder() }

    /// A log whose first segment is there, and no room for another.
    private func openFull() async throws -> OpenedLog {
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        system.fail(.allocate, with: ENOSPC)
        opened.start()
        try await eventually { opened.log.isFull }
        return opened
    }

    @Test(arguments: [FaultyFileSystem.Call.create, .allocate, .write, .synchronize, .rename])
    func `a full disk refuses what needs the next segment and heals without opening again`(
        call: FaultyFileSystem.Call
    ) async throws {
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        system.fail(call, with: ENOSPC)
        opened.start()
        try await eventually { opened.log.isFull }
        #expect(try folder.names() == [segmentName(1), "lock"])
        if call != .create, call != .allocate, call != .rename { system.heal(call) }
        if opened.log.isFull, call == .allocate {
            try await opened.commit(record(0, byteCount: 8000))
            #expect(code { try opened.append(record(1, byteCount: 8000)) } == .full)
            #expect(opened.log.progress.failure == nil)
        }
        system.heal(call)
        try await eventually { !opened.log.isFull }
        try await opened.commit(record(2, byteCount: 8000))
        try await opened.commit(record(3, byteCount: 8000))
        opened.log.close()
        let first = call == .allocate ? [record(0, byteCount: 8000)] : []
        #expect(try recover(folder).records == first + [record(2, byteCount: 8000), record(3, byteCount: 8000)])
    }

    @Test func `a name that cannot be made durable stops the log, even for want of room`() async throws {
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        system.fail(.synchronizeDirectory, with: ENOSPC)
        opened.start()
        let progress = await opened.commits.first { $0.failure != nil }
        #expect(progress.failure?.code == .io)
        #expect(progress.failure?.message.contains("Make room there, then open the log again") == true)
        opened.log.close()
        try OpenedLog(folder).log.close()
    }

    @Test func `what is to be kept free is left to those who ask for less`() async throws {
        let opened = try await openFull()
        try await opened.commit(record(0, byteCount: 8000))
        #expect(code { try opened.log.append(record(1).span.bytes, urgency: .sync, keepingFree: 5000) } == .full)
        #expect(
            code { try opened.log.append(byteCount: 24, urgency: .sync, keepingFree: 5000) { _ in } } == .full)
        var records = [record(0, byteCount: 8000)]
        var settled: [UInt8]
        repeat {
            settled = record(records.count)
            guard (try? opened.append(settled)) != nil else { break }
            records.append(settled)
        } while true
        // All that was left, but for less than one of them.
        #expect(records.count > 60)
        system.heal(.allocate)
        try await eventually { !opened.log.isFull }
        _ = try opened.log.append(record(1).span.bytes, urgency: .sync, keepingFree: 5000)
        opened.log.close()
        #expect(try recover(folder).records == records + [record(1)])
    }

    @Test func `what was taken before anyone knew waits for room, and what is before it is durable`() async throws {
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        let tickets = try (0..<4).map { try opened.append(record($0, byteCount: 8000)) }
        system.fail(.allocate, with: ENOSPC)
        opened.start()
        await opened.commits.synced(tickets[0])
        try await eventually { opened.log.isFull }
        #expect(!opened.log.progress.covers(tickets[1]))
        #expect(code { try opened.append(record(9)) } == .full)
        #expect(try recover(folder.copy()).records == [record(0, byteCount: 8000)])
        system.heal(.allocate)
        await opened.commits.synced(tickets[3])
        #expect(opened.log.progress.failure == nil)
        opened.log.close()
        #expect(try recover(folder).records == (0..<4).map { record($0, byteCount: 8000) })
    }

    @Test func `a log that is closed while it waits for room says what it could not write`() async throws {
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        let tickets = try (0..<2).map { try opened.append(record($0, byteCount: 8000)) }
        system.fail(.allocate, with: ENOSPC)
        opened.start()
        await opened.commits.synced(tickets[0])
        opened.log.close()
        #expect(opened.log.progress.failure?.code == .full)
        #expect(!opened.log.progress.covers(tickets[1]))
        #expect(try recover(folder).records == [record(0, byteCount: 8000)])
    }

    @Test func `a log opens on a full disk and takes what fits`() async throws {
        let first = try OpenedLog(folder, isStarted: false)
        first.log.close()
        system.fail(.create, with: ENOSPC)
        let opened = try OpenedLog(folder, fileSystem: system)
        try await opened.commit(record(0))
        opened.log.close()
        #expect(try recover(folder).records == [record(0)])
    }

    @Test(arguments: [FaultyFileSystem.Call.allocate, .rename, .synchronizeDirectory])
    func `a next segment that cannot be made for another reason stops the log`(
        call: FaultyFileSystem.Call
    ) async throws {
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        system.fail(call, with: EIO)
        opened.start()
        let progress = await opened.commits.first { $0.failure != nil }
        #expect(progress.failure?.code == .io)
        #expect(code { try opened.append(record(0)) } == .stopped)
        opened.log.close()
        try await OpenedLog(folder).commit(record(1))
    }
}
