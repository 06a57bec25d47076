import Synchronization
import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct LogTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `what was appended comes back in order and is read by position`() async throws {
        let first = try OpenedLog(folder)
        #expect(first.records.isEmpty)
        var tickets: [LogTicket] = []
        for number in 0..<20 { tickets.append(try await first.commit(record(number, byteCount: number))) }
        #expect(tickets.map(\.ordinal) == Array(1...20))
        for (number, ticket) in tickets.enumerated() {
            #expect(try first.log.read(at: ticket.position) == record(number, byteCount: number))
        }
        first.log.close()

        let second = try OpenedLog(folder)
        #expect(second.records == (0..<20).map { record($0, byteCount: $0) })
        #expect(second.positions == tickets.map(\.position))
        #expect(second.warnings.isEmpty)
        let ticket = try await second.commit(record(20))
        #expect(ticket.ordinal == 1)
        #expect(try second.log.read(at: tickets[3].position) == record(3, byteCount: 3))
        second.log.close()
        #expect(try recover(folder).records.last == record(20))
    }

    @Test func `what waits for one sync shares it`() async throws {
        let system = FaultyFileSystem()
        let opened = try OpenedLog(folder, fileSystem: system, isStarted: false)
        let before = system.synchronizations
        var last: LogTicket?
        for number in 0..<100 { last = try opened.append(record(number)) }
        opened.start()
        await opened.commits.synced(try #require(last))
        #expect(system.synchronizations == before + 1)
        #expect(opened.log.progress.synced == 100)
    }

    @Test func `many tasks append at once and each finds its records in its order`() async throws {
        let opened = try OpenedLog(folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for number in 0..<50 { try await opened.commit(record(1000 * task + number)) }
                }
            }
            try await group.waitForAll()
        }
        opened.log.close()
        let records = try recover(folder).records
        #expect(records.count == 800)
        for task in 0..<16 {
            let own = (0..<50).map { record(1000 * task + $0) }
            #expect(records.filter(own.contains) == own)
        }
    }

    @Test func `a record may be written straight into the buffer and may be shorter than what was reserved`() throws {
        let opened = try OpenedLog(folder)
        for length in [0, 3, 40] {
            _ = try opened.log.append(byteCount: 40, urgency: .lazy) { output in
                for _ in 0..<length { output.append(7) }
            }
        }
        opened.log.close()
        #expect(try recover(folder).records == [0, 3, 40].map { Array(repeating: 7, count: $0) })
    }

    @Test(arguments: [Duration.zero, .milliseconds(1)])
    func `a lazy record becomes durable though nobody waits for it`(delay: Duration) async throws {
        var options = LogOptions.small
        options.lazyCommit = delay
        let opened = try OpenedLog(folder, options)
        for number in 0..<3 {
            await opened.commits.synced(try opened.append(record(number), .lazy))
        }
        #expect(try recover(folder.copy()).records == (0..<3).map { record($0) })
    }

    @Test func `a written record becomes durable though nobody waits for that`() async throws {
        var options = LogOptions.small
        options.lazyCommit = .milliseconds(1)
        let opened = try OpenedLog(folder, options)
        await opened.commits.synced(try opened.append(record(0), .write))
    }

    @Test func `a lazy record goes with the next group`() async throws {
        let opened = try OpenedLog(folder)
        let lazy = try opened.append(record(0), .lazy)
        #expect(throws: LogError.self) { try opened.log.read(at: lazy.position) }
        try await opened.commit(record(1))
        #expect(opened.log.progress.covers(lazy))
        #expect(try opened.log.read(at: lazy.position) == record(0))
    }

    @Test func `a written record survives the end of the process`() async throws {
        let opened = try OpenedLog(folder)
        let ticket = try opened.append(record(0), .write)
        await opened.commits.written(ticket)
        #expect(!opened.log.progress.covers(ticket))
        let (records, warnings) = try recover(folder.copy())
        #expect(records == [record(0)])
        #expect(warnings.isEmpty)
    }

    @Test func `closing makes durable what was staged, even before the start`() throws {
        let opened = try OpenedLog(folder, isStarted: false)
        let ticket = try opened.append(record(0), .lazy)
        opened.log.close()
        opened.log.close()
        #expect(opened.log.progress.covers(ticket))
        #expect(try recover(folder).records == [record(0)])
    }

    @Test func `a log that nobody holds any more closes itself`() throws {
        do {
            let opened = try OpenedLog(folder)
            _ = try opened.append(record(0), .lazy)
        }
        #expect(try recover(folder).records == [record(0)])
    }

    @Test func `a closed log takes and reads nothing`() async throws {
        let opened = try OpenedLog(folder)
        let ticket = try await opened.commit(record(0))
        opened.log.close()
        #expect(code { try opened.append(record(1)) } == .closed)
        #expect(code { try opened.log.read(at: ticket.position) } == .closed)
    }

    @Test func `a position where no record stands is not found`() async throws {
        let opened = try OpenedLog(folder)
        let ticket = try await opened.commit(record(0))
        let segment = ticket.position.segment
        for offset in [0, 1, 4096, ticket.position.offset + 1, ticket.position.offset + 4096] as [UInt32] {
            #expect(code { try opened.log.read(at: LogPosition(segment: segment, offset: offset)) } == .notFound)
        }
        #expect(code { try opened.log.read(at: LogPosition(segment: segment + 1, offset: 4096)) } == .notFound)
    }

    @Test(arguments: [24, 4000, 4080, 5000, 70_000, 3 << 20])
    func `a record that changed on the disk is not read, wherever it changed`(byteCount: Int) async throws {
        let opened = try OpenedLog(folder)
        let ticket = try await opened.commit(record(0, byteCount: byteCount))
        try await opened.commit(record(1))
        let (segment, start) = (segmentName(ticket.position.segment), Int(ticket.position.offset) + 16)
        for place in [20, byteCount / 2, byteCount - 1] {
            try folder.change(segment) { $0[start + place] ^= 1 }
            #expect(code { try opened.log.read(at: ticket.position) } == .corrupt, "byte \(place)")
            #expect(code { try scan(opened.log, from: ticket.position) } == .corrupt, "byte \(place)")
            #expect(code { try recover(folder.copy()) } == .corrupt, "byte \(place)")
            try folder.change(segment) { $0[start + place] ^= 1 }
        }
        #expect(try opened.log.read(at: ticket.position) == record(0, byteCount: byteCount))
    }

    @Test(arguments: 8..<12)
    func `a record whose length changed on the disk is not read, nor room made for it`(byte: Int) async throws {
        let system = FaultyFileSystem()
        let opened = try OpenedLog(folder, fileSystem: system)
        let ticket = try await opened.commit(record(0))
        try folder.change(segmentName(1)) { $0[Int(ticket.position.offset) + byte] ^= 0x80 }
        #expect(code { try opened.log.read(at: ticket.position) } == .corrupt)
        #expect(system.largestRead <= 16 << 10)
    }
}

/// The code of the error that the body throws.
func code(_ body: () throws -> some Any) -> LogError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? LogError)?.code
    }
}
