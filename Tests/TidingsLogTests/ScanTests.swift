import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct ScanTests {
    let folder: TemporaryFolder
    let records = (0..<60).map { record($0, byteCount: 1000 + 7 * $0) }

    init() throws { folder = try TemporaryFolder() }

    @Test func `a scan hands over every record from a position on, up to an end`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 4)
        for (index, position) in positions.enumerated() {
            let scanned = try scan(opened.log, from: position)
            #expect(scanned.records == Array(records[index...]))
            #expect(scanned.next == opened.log.end)
            let before = try scan(opened.log, from: LogPosition(segment: 1, offset: 0), until: position)
            #expect(before.records == Array(records[..<index]))
        }
        #expect(try scan(opened.log, from: opened.log.end).records.isEmpty)
        #expect(try opened.log.scan(from: LogPosition(segment: 99, offset: 0)) { _, _ in true } == nil)
        let segment = try #require(positions.last).segment
        let inSegment = zip(positions, records).filter { $0.0.segment == segment }.map(\.1)
        #expect(try scan(opened.log, from: LogPosition(segment: segment, offset: 4096)).records == inSegment)
        opened.log.close()
        #expect(code { try opened.log.scan(from: positions[0]) { _, _ in true } } == .closed)
    }

    @Test func `a scan goes on where it stopped`() async throws {
        let opened = try OpenedLog(folder)
        _ = try await opened.commit(records, inGroupsOf: 4)
        var found: [[UInt8]] = []
        var next = LogPosition(segment: 1, offset: 0)
        while next < opened.log.end {
            var count = 0
            let reached = try opened.log.scan(from: next) { _, payload in
                found.append(payload.withUnsafeBytes { Array($0) })
                count += 1
                return count < 7
            }
            next = try #require(reached)
        }
        #expect(found == records)
        opened.log.close()
    }

    @Test func `a scan finds what changed on the disk`() async throws {
        let opened = try OpenedLog(folder)
        let positions = try await opened.commit(records, inGroupsOf: 4)
        try folder.change(segmentName(2)) { $0[5000] ^= 1 }
        var count = 0
        #expect(
            code {
                try opened.log.scan(from: positions[0]) { _, _ in
                    count += 1
                    return true
                }
            } == .corrupt)
        #expect(count == positions.count { $0.segment == 1 })
    }

    @Test func `a scan hands over what is written and not yet durable`() async throws {
        let opened = try OpenedLog(folder)
        await opened.commits.written(try opened.append(record(0), .write))
        #expect(try scan(opened.log, from: LogPosition(segment: 1, offset: 0)).records == [record(0)])
        _ = try opened.append(record(1), .lazy)
        #expect(try scan(opened.log, from: LogPosition(segment: 1, offset: 0)).records == [record(0)])
    }

    @Test func `scans go on beside appends, removal and compaction`() async throws {
        let opened = try OpenedLog(folder)
        try await withThrowingDiscardingTaskGroup { readers in
            let log = opened.log
            let done = Flag()
            readers.addTask {
                for number in 0..<500 { try await opened.commit(record(number, byteCount: 200)) }
                done.raise()
            }
            readers.addTask {
                while !done.isRaised {
                    for segment in log.segments.dropLast(2) where !segment.isCompacted {
                        try log.compact(segment.number) { _, payload in payload.byteCount > 0 && isKept(payload) }
                    }
                    if let first = log.segments.dropLast(5).last { try log.removeSegments(before: first.number) }
                    await Task.yield()
                }
            }
            readers.addTask {
                while !done.isRaised {
                    let scanned = try scan(log, from: LogPosition(segment: 1, offset: 0))
                    let numbers = try scanned.records.map { try #require(number(of: $0)) }
                    #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
                    #expect(scanned.records == numbers.map { record($0, byteCount: 200) })
                    if let first = numbers.first, let last = numbers.last {
                        let kept = (first...last).filter { $0.isMultiple(of: 3) }
                        #expect(Set(numbers).isSuperset(of: kept))
                    }
                    await Task.yield()
                }
            }
        }
        opened.log.close()
    }
}

private func number(of record: [UInt8]) -> Int? {
    Int(String(decoding: record.dropFirst(7).prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
}

private func isKept(_ payload: RawSpan) -> Bool {
    number(of: payload.withUnsafeBytes { Array($0) })?.isMultiple(of: 3) ?? false
}

/// What a scan hands over, and the position it returns.
func scan(
    _ log: Log, from start: LogPosition, until end: LogPosition? = nil
) throws -> (records: [[UInt8]], next: LogPosition?) {
    var records: [[UInt8]] = []
    let next = try log.scan(from: start, until: end) { _, payload in
        records.append(payload.withUnsafeBytes { Array($0) })
        return true
    }
    return (records, next)
}
