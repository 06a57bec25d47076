import Synchronization
import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct CopyTests {
    let folder: TemporaryFolder
    let target: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        target = try TemporaryFolder()
    }

    @Test func `a copy ends with any durable record and opens without a warning`() async throws {
        let opened = try OpenedLog(folder)
        let records = (0..<40).map { record($0, byteCount: 1000 + 7 * $0) }
        let positions = try await opened.commit(records, inGroupsOf: 3)
        try opened.log.compact(1) { position, _ in positions.firstIndex(of: position)! % 3 == 0 }
        for last in positions.indices where positions[last].segment > 1 || last % 3 == 0 {
            let path = target.path + "/\(last)"
            try opened.log.copy(to: path, through: positions[last])
            let copy = try OpenedLog(path)
            let expected = (0...last).filter { positions[$0].segment > 1 || $0 % 3 == 0 }
            #expect(copy.records == expected.map { records[$0] })
            #expect(copy.positions == expected.map { positions[$0] })
            #expect(copy.warnings.isEmpty)
            for number in 0..<12 { try await copy.commit(record(number, byteCount: 3000)) }
            copy.log.close()
            let again = try OpenedLog(path, isStarted: false)
            #expect(again.records.count == expected.count + 12)
            again.log.close()
        }
        opened.log.close()
    }

    @Test func `a log is copied while records come`() async throws {
        let opened = try OpenedLog(folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (log, target) = (opened.log, target)
            let stop = Flag()
            let last = Latest()
            group.addTask {
                var number = 0
                while !stop.isRaised {
                    let ticket = try await opened.commit(record(number, byteCount: 500))
                    last.ticket = ticket
                    number += 1
                }
            }
            group.addTask {
                for round in 0..<10 {
                    try await eventually { last.ticket?.ordinal ?? 0 > 40 * round }
                    let ticket = try #require(last.ticket)
                    let path = target.path + "/\(round)"
                    try log.copy(to: path, through: ticket.position)
                    let copy = try OpenedLog(path, isStarted: false)
                    #expect(copy.records == (0..<Int(ticket.ordinal)).map { record($0, byteCount: 500) })
                    #expect(copy.positions.last == ticket.position)
                    #expect(copy.warnings.isEmpty)
                    copy.log.close()
                }
                stop.raise()
            }
            try await group.waitForAll()
        }
        opened.log.close()
    }

    @Test func `a copy is refused where something is, and of what is not durable`() async throws {
        let opened = try OpenedLog(folder)
        let ticket = try await opened.commit(record(0))
        try target.write([1], to: "something")
        #expect(code { try opened.log.copy(to: target.path, through: ticket.position) } == .notEmpty)
        let written = try opened.append(record(1), .write)
        await opened.commits.written(written)
        let path = target.path + "/copy"
        #expect(code { try opened.log.copy(to: path, through: written.position) } == .notFound)
        let between = LogPosition(segment: 1, offset: ticket.position.offset - 24)
        #expect(code { try opened.log.copy(to: path, through: between) } == .notFound)
        try opened.log.copy(to: path, through: ticket.position)
        opened.log.close()
        #expect(code { try opened.log.copy(to: target.path + "/b", through: ticket.position) } == .closed)
    }

    @Test func `a copy that was interrupted never passes for a shorter log`() async throws {
        let system = FaultyFileSystem()
        let opened = try OpenedLog(folder, fileSystem: system)
        let records = (0..<30).map { record($0, byteCount: 2000) }
        let last = try #require(try await opened.commit(records, inGroupsOf: 3).last)
        opened.log.close()
        let log = try Log.open(directory: folder.path, options: .small, fileSystem: system) { _, _ in }
        for step in 0... {
            let path = target.path + "/\(step)"
            system.stop(afterCalls: step)
            let failure = code { try log.copy(to: path, through: last) }
            let hasStopped = system.hasStopped
            #expect(hasStopped == (failure == .io))
            system.stop(afterCalls: .max)
            if hasStopped {
                let found = (try? OpenedLog(path, isStarted: false))?.records ?? []
                #expect(found.isEmpty || found == records)
            } else {
                #expect(try OpenedLog(path, isStarted: false).records == records)
                break
            }
            try #require(step < 200)
        }
        log.close()
    }
}

/// The ticket of the last record that is durable.
private final class Latest: Sendable {
    private let value = Mutex<LogTicket?>(nil)

    var ticket: LogTicket? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
