import Testing
import TidingsLog

@Suite(.timeLimit(.minutes(1))) struct SegmentTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A closed log of several segments, and the next.
    private func fill() async throws -> [[UInt8]] {
        let opened = try OpenedLog(folder)
        let records = (0..<60).map { record($0, byteCount: 1000 + 7 * $0) }
        var last: UInt64 = 0
        for record in records { last = try await opened.commit(record).position.segment }
        try await eventually { (try? folder.segments().last) == segmentName(last + 1) }
        opened.log.close()
        return records
    }

    @Test func `a full segment is followed by the next`() async throws {
        let records = try await fill()
        #expect(try folder.segments() == (1...UInt64(folder.segments().count)).map(segmentName))
        #expect(try folder.segments().count > 4)
        let opened = try OpenedLog(folder)
        #expect(opened.records == records)
        #expect(opened.warnings.isEmpty)
        for (position, record) in zip(opened.positions, records) {
            #expect(try opened.log.read(at: position) == record)
        }
        #expect(opened.positions == opened.positions.sorted())
    }

    @Test func `one group may go through several segments`() throws {
        let opened = try OpenedLog(folder, isStarted: false)
        let records = (0..<60).map { record($0, byteCount: 1000) }
        for record in records { _ = try opened.append(record) }
        opened.log.close()
        #expect(try folder.segments().count > 4)
        #expect(try recover(folder).records == records)
    }

    @Test func `a record larger than a segment gets one of its own size`() async throws {
        let records = [record(0), record(1, byteCount: 100_000), record(2), record(3, byteCount: 16 << 10)]
        let opened = try OpenedLog(folder)
        var positions: [LogPosition] = []
        for record in records { positions.append(try await opened.commit(record).position) }
        for (position, record) in zip(positions, records) { #expect(try opened.log.read(at: position) == record) }
        opened.log.close()
        #expect(try recover(folder).records == records)
    }

    @Test(arguments: Array(0..<32))
    func `a segment is filled to its last byte or not quite`(missing: Int) async throws {
        // Header, marker, frame header and seal leave this much for one payload.
        let room = (16 << 10) - 4096 - 24 - 16 - 24
        let records = [record(0, byteCount: room - missing), record(1), record(2)]
        let opened = try OpenedLog(folder)
        for record in records { try await opened.commit(record) }
        let crashed = try folder.copy()
        opened.log.close()
        #expect(try recover(folder).records == records)
        #expect(try recover(crashed).records == records)
    }

    @Test func `a flipped byte in a sealed segment is refused with file and offset`() async throws {
        _ = try await fill()
        let opened = try OpenedLog(folder)
        let end = Int(try #require(opened.positions.last { $0.segment == 2 }).offset)
        opened.log.close()
        for offset in stride(from: 0, to: end, by: 97) {
            let copy = try folder.copy()
            try copy.change(segmentName(2)) { $0[offset] ^= 0x40 }
            let error = try #require(throws: LogError.self) { try recover(copy) }
            #expect(error.code == .corrupt)
            #expect(error.message.contains(segmentName(2)) && error.message.contains("offset"))
        }
    }

    @Test func `a missing segment is refused by name`() async throws {
        _ = try await fill()
        for number in [1, 2] as [UInt64] {
            let copy = try folder.copy()
            try copy.remove(segmentName(number))
            let error = try #require(throws: LogError.self) { try recover(copy) }
            #expect(error.code == .corrupt)
            #expect(error.message.contains(segmentName(number)))
        }
    }

    @Test func `a segment of the wrong size is refused`() async throws {
        _ = try await fill()
        let last = UInt64(try folder.segments().count) - 1
        for (number, change) in [(1, -8), (2, -12_000), (2, 8), (last, 8)] as [(UInt64, Int)] {
            let copy = try folder.copy()
            try copy.change(segmentName(number)) { bytes in
                if change < 0 { bytes.removeLast(-change) } else { bytes += Array(repeating: 0, count: change) }
            }
            #expect(code { try recover(copy) } == .corrupt)
        }
    }

    @Test func `a segment under another number is refused`() async throws {
        _ = try await fill()
        try folder.write(folder.read(segmentName(3)), to: segmentName(2))
        #expect(code { try recover(folder) } == .corrupt)
    }

    @Test(arguments: [true, false])
    func `a last segment that was not completed is made anew`(hasFullSize: Bool) async throws {
        let records = try await fill()
        let next = UInt64(try folder.segments().count)
        // The one before must be sealed, which only the roll itself does.
        try folder.remove(segmentName(next))
        try folder.remove(segmentName(next - 1))
        let kept = try recoverAfterTruncation(hasFullSize: hasFullSize, number: next - 1)
        #expect(kept == Array(records.prefix(kept.count)))
        #expect(kept.count > 40)
    }

    private func recoverAfterTruncation(hasFullSize: Bool, number: UInt64) throws -> [[UInt8]] {
        try folder.write(Array(repeating: 0, count: hasFullSize ? 16 << 10 : 100), to: segmentName(number))
        let (records, warnings) = try recover(folder)
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(segmentName(number)) == true)
        #expect(try recover(folder).warnings.isEmpty)
        return records
    }

    @Test func `records behind an empty header are damage`() async throws {
        let opened = try OpenedLog(folder)
        try await opened.commit(record(0))
        opened.log.close()
        try folder.change(segmentName(1)) { $0.replaceSubrange(0..<4096, with: repeatElement(0, count: 4096)) }
        #expect(code { try recover(folder) } == .corrupt)
    }

    @Test(arguments: [8, 12])
    func `an unknown format version or feature flag is refused`(offset: Int) async throws {
        _ = try await fill()
        try folder.change(segmentName(1)) { bytes in
            bytes[offset] ^= 0x80
            let checksum = XXH64.hash(ContiguousArray(bytes[..<4088]).span.bytes, seed: 0)
            for index in 0..<8 { bytes[4088 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
        }
        let error = try #require(throws: LogError.self) { try recover(folder) }
        #expect(error.code == .unsupportedFormat)
        #expect(error.message.contains(segmentName(1)))
    }

    @Test func `what an interrupted creation left is removed`() async throws {
        let records = try await fill()
        let leftover = segmentName(99) + ".tmp"
        try folder.write([1, 2, 3], to: leftover)
        #expect(try recover(folder).records == records)
        #expect(try !folder.names().contains(leftover))
    }
}
