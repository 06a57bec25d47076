import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct OpeningTests {
    let folder: TemporaryFolder
    let records = (0..<60).map { record($0, byteCount: 1000 + 7 * $0) }

    init() throws { folder = try TemporaryFolder() }

    private func fill() async throws -> [LogPosition] {
        let opened = try OpenedLog(folder)
        defer { opened.log.close() }
        return try await opened.commit(records, inGroupsOf: 3)
    }

    @Test func `a log is opened from any of its records`() async throws {
        let positions = try await fill()
        for (index, position) in positions.enumerated() {
            let opened = try OpenedLog(folder, from: position, isStarted: false)
            #expect(opened.records == Array(records[index...]))
            #expect(opened.positions == Array(positions[index...]))
            #expect(opened.warnings.isEmpty)
            opened.log.close()
        }
    }

    @Test func `what is before the position is not read`() async throws {
        let positions = try await fill()
        try folder.change(segmentName(1)) { $0[5000] ^= 1 }
        #expect(code { try recover(folder) } == .corrupt)
        let start = try #require(positions.first { $0.segment == 2 })
        let opened = try OpenedLog(folder, from: start)
        #expect(opened.positions.first == start)
        try await opened.commit(record(99))
        opened.log.close()
    }

    @Test func `a log that ends before the position is refused`() async throws {
        let end = try #require(try await fill().last)
        let beyond = [
            LogPosition(segment: end.segment, offset: end.offset + 2000),
            LogPosition(segment: end.segment, offset: end.offset + 8),
            LogPosition(segment: end.segment + 1, offset: 4120),
            LogPosition(segment: end.segment + 9, offset: 4120),
        ]
        for position in beyond {
            #expect(code { try OpenedLog(folder, from: position, isStarted: false) } == .corrupt)
        }
        #expect(code { try OpenedLog(TemporaryFolder(), from: end, isStarted: false) } == .corrupt)
    }

    @Test func `the position is asked for under the lock, and its failure passes on`() throws {
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try Log.open(directory: folder.path, from: { throw Refusal() }, onWarning: { _ in }, replay: { _, _ in })
        }
        try Log.open(
            directory: folder.path,
            from: {
                #expect(code { try Log.open(directory: folder.path) { _, _ in } } == .locked)
                return nil
            }, replay: { _, _ in }
        ).close()
    }

    @Test func `the next segment stays when the log is closed and is taken over`() async throws {
        let opened = try OpenedLog(folder)
        try await opened.commit(record(0))
        try await eventually { (try? folder.segments().count) == 2 }
        opened.log.close()
        #expect(try folder.segments().count == 2)
        let second = try OpenedLog(folder)
        #expect(second.records == [record(0)])
        #expect(second.warnings.isEmpty)
        for number in 1..<30 { try await second.commit(record(number, byteCount: 3000)) }
        second.log.close()
        #expect(try recover(folder).records.count == 30)
    }

    @Test(arguments: [[], [UInt8](repeating: 0, count: 16 << 10), [UInt8](repeating: 7, count: 100)])
    func `a next segment that is not complete is made anew`(content: [UInt8]) async throws {
        let opened = try OpenedLog(folder)
        try await opened.commit(record(0))
        opened.log.close()
        try folder.write(content, to: segmentName(2))
        let (records, warnings) = try recover(folder)
        #expect(records == [record(0)])
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(segmentName(2)) == true)
        #expect(try recover(folder).warnings.isEmpty)
    }

    @Test func `two blank segments may stand behind a seal, but not behind an unsealed one`() async throws {
        let opened = try OpenedLog(folder)
        for number in 0..<4 { try await opened.commit(record(number, byteCount: 8000)) }
        try await eventually { (try? folder.segments().count) == 5 }
        let copy = try folder.copy()
        opened.log.close()
        // As if the first page of the fourth segment had not reached the disk.
        try copy.change(segmentName(4)) { $0.replaceSubrange(4096..., with: repeatElement(0, count: 12 << 10)) }
        let second = try OpenedLog(copy)
        #expect(second.records.count == 3)
        try await second.commit(record(9))
        second.log.close()
        #expect(try recover(copy).records.last == record(9))

        try copy.change(segmentName(4)) { $0.replaceSubrange(4096..., with: repeatElement(0, count: 12 << 10)) }
        let sealed = try #require(try copy.read(segmentName(3)).lastIndex { $0 != 0 })
        try copy.change(segmentName(3)) { $0[sealed] ^= 1 }
        #expect(code { try recover(copy) } == .corrupt)
    }

    @Test func `more than two blank segments never stand behind a seal`() async throws {
        let opened = try OpenedLog(folder)
        for number in 0..<4 { try await opened.commit(record(number, byteCount: 8000)) }
        try await eventually { (try? folder.segments().count) == 5 }
        let copy = try folder.copy()
        opened.log.close()
        let blank = [UInt8](repeating: 0, count: 12 << 10)
        try copy.change(segmentName(4)) { $0.replaceSubrange(4096..., with: blank) }
        try copy.write([UInt8](repeating: 0, count: 16 << 10), to: segmentName(6))
        let before = try copy.copy()
        #expect(code { try recover(copy) } == .corrupt)
        #expect(try copy.segments() == before.segments())
        for name in try copy.segments() { #expect(try copy.read(name) == before.read(name)) }
        // With one less it is what a power cut may leave.
        try copy.remove(segmentName(6))
        #expect(try recover(copy).records.count == 3)
    }

    @Test func `records behind a segment that has no seal are damage`() async throws {
        _ = try await fill()
        let last = UInt64(try folder.segments().count) - 1
        let seal = try #require(try folder.read(segmentName(last - 1)).lastIndex { $0 != 0 })
        try folder.change(segmentName(last - 1)) { $0[seal] ^= 1 }
        #expect(code { try recover(folder) } == .corrupt)
    }
}
