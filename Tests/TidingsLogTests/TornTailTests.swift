import Testing
import TidingsLog
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct TornTailTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    enum Loss: CaseIterable { case truncated, zeroed, scrambled }

    /// Commits groups of records, one sync each, and leaves the files as a killed process would.
    private func crash(after groups: [[[UInt8]]]) async throws -> (folder: TemporaryFolder, positions: [[Int]]) {
        let opened = try OpenedLog(folder)
        var positions: [[Int]] = []
        for group in groups {
            let tickets = try group.enumerated().map { index, record in
                try opened.append(record, index == group.count - 1 ? .sync : .lazy)
            }
            await opened.commits.synced(try #require(tickets.last))
            positions.append(tickets.map { Int($0.position.offset) })
        }
        return (try folder.copy(), positions)
    }

    @Test(arguments: Loss.allCases)
    func `a tail torn at any length of the last record leaves the whole records before it`(loss: Loss) async throws {
        let (crashed, positions) = try await crash(after: [[record(0)], [record(1), record(2), record(3)]])
        let start = try #require(positions.last?.last)
        let end = start + 16 + 24
        for length in start..<end {
            let copy = try crashed.copy()
            try copy.change(segmentName(1)) { bytes in
                switch loss {
                case .truncated: bytes.removeSubrange(length...)
                case .zeroed: bytes.replaceSubrange(length..<end, with: repeatElement(0, count: end - length))
                case .scrambled: for offset in length..<end { bytes[offset] ^= 0xA5 }
                }
            }
            let (records, warnings) = try recover(copy)
            #expect(records == [record(0), record(1), record(2)])
            if loss == .zeroed, length == start {
                // Nothing is left of the record: there is nothing to warn of.
                #expect(warnings.isEmpty)
            } else {
                #expect(warnings.count == 1)
                #expect(warnings.first?.contains("\(segmentName(1)): cut") == true)
                #expect(warnings.first?.contains("at offset \(start)") == true)
            }
            let again = try recover(copy)
            #expect(again.records == records)
            #expect(again.warnings.isEmpty)
        }
    }

    @Test func `what was cut stays cut when the power goes right after the opening`() async throws {
        let system = SimulatedFileSystem()
        let opened = try OpenedLog("/log", fileSystem: system)
        try await opened.commit(record(0))
        await opened.commits.written(try opened.append(record(1, byteCount: 9000), .write))
        // Of the last record all but one byte reached the disk.
        let torn = system.afterPowerCut(.everything)
        try torn.flip(byteAt: 9000, of: "/log/\(segmentName(1))")
        let second = try OpenedLog("/log", fileSystem: torn, isStarted: false)
        #expect(second.records == [record(0)] && second.warnings.count == 1)
        let third = try OpenedLog("/log", fileSystem: torn.afterPowerCut(.nothing), isStarted: false)
        #expect(third.records == [record(0)] && third.warnings.isEmpty)
    }

    @Test func `a file cut at any length yields exactly the whole records before the cut`() async throws {
        let (crashed, positions) = try await crash(after: [[record(0)], [record(1), record(2)], [record(3)]])
        let ends = positions.flatMap { $0 }.map { $0 + 16 + 24 }
        for length in stride(from: 4000, through: ends[3] + 16, by: 4) {
            let copy = try crashed.copy()
            try copy.change(segmentName(1)) { $0.removeSubrange(length...) }
            let whole = ends.prefix { $0 <= length }.count
            #expect(try recover(copy).records == (0..<whole).map { record($0) })
        }
    }

    @Test func `a flipped byte in the last group is cut with a warning`() async throws {
        let (crashed, positions) = try await crash(after: [[record(0)], [record(1), record(2)]])
        let start = try #require(positions[1].first)
        for offset in start - 24..<start + 80 {
            let copy = try crashed.copy()
            try copy.change(segmentName(1)) { $0[offset] ^= 0x10 }
            let (records, warnings) = try recover(copy)
            #expect(records == (0..<(offset < start + 40 ? 1 : 2)).map { record($0) })
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains(segmentName(1)) == true)
        }
    }

    @Test func `a log that was closed has no group that damage could pass off as torn`() async throws {
        let opened = try OpenedLog(folder)
        let position = Int(try await opened.commit(record(0)).position.offset)
        opened.log.close()
        for offset in position..<position + 40 {
            let copy = try folder.copy()
            try copy.change(segmentName(1)) { $0[offset] ^= 0x10 }
            #expect(code { try recover(copy) } == .corrupt)
        }
    }

    @Test func `damage before the seal of the last segment is refused`() async throws {
        let opened = try OpenedLog(folder)
        for number in 0..<12 { try await opened.commit(record(number, byteCount: 1000)) }
        opened.log.close()
        // As after a crash between the seal and the next segment.
        for name in try folder.segments().dropFirst() { try folder.remove(name) }
        let whole = try folder.copy()
        #expect(try recover(whole).records == (0..<11).map { record($0, byteCount: 1000) })
        let end = try #require(try folder.read(segmentName(1)).lastIndex(of: UInt8(ascii: "x")))
        try folder.change(segmentName(1)) { $0[end] ^= 1 }
        #expect(code { try recover(folder) } == .corrupt)
    }

    @Test func `bytes beyond a cut do not come back`() async throws {
        let opened = try OpenedLog(folder)
        try await opened.commit(record(0))
        var tickets: [LogTicket] = []
        for number in 1...3 {
            tickets.append(try opened.append(record(number), .write))
            await opened.commits.written(tickets[number - 1])
        }
        let crashed = try folder.copy()
        try crashed.change(segmentName(1)) { $0[Int(tickets[0].position.offset) - 8] ^= 1 }

        // Another group takes the place of the torn one, to the byte; those behind it would fit on.
        let second = try OpenedLog(crashed)
        #expect(second.records == [record(0)])
        let ticket = try second.append(record(9), .write)
        await second.commits.written(ticket)
        #expect(ticket.position == tickets[0].position)
        #expect(try recover(crashed.copy()).records == [record(0), record(9)])
    }
}
