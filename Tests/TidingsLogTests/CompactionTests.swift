import Foundation
import Testing
import TidingsLog

/// What compaction makes of a segment: how large it is, and how it is read.
@Suite(.timeLimit(.minutes(2))) struct CompactionTests {
    let folder: TemporaryFolder
    let system = FaultyFileSystem()

    init() throws { folder = try TemporaryFolder() }

    /// A log whose first segment is sealed, and the positions of the records in that.
    private func fill(
        _ segmentBytes: Int, _ byteCount: (Int) -> Int
    ) async throws -> (opened: OpenedLog, positions: [LogPosition]) {
        var options = LogOptions.small
        options.segmentBytes = segmentBytes
        let opened = try OpenedLog(folder, options, fileSystem: system)
        var positions: [LogPosition] = []
        while opened.log.segments.first?.isSealed == false {
            for _ in 0..<99 {
                positions.append(
                    try opened.append(record(positions.count, byteCount: byteCount(positions.count)), .lazy).position)
            }
            let last = record(positions.count, byteCount: byteCount(positions.count))
            positions.append(try await opened.commit(last).position)
        }
        return (opened, positions.filter { $0.segment == 1 })
    }

    @Test func `one record in a hundred takes a hundredth of the disk`() async throws {
        let (opened, positions) = try await fill(4 << 20) { _ in 250 }
        let kept = stride(from: 7, to: positions.count, by: 100).map { positions[$0] }
        let reclaimed = try opened.log.compact(1) { position, _ in kept.contains(position) }
        let segment = try #require(opened.log.segments.first)
        #expect(segment.isCompacted && segment.byteCount * 1000 < 15 * (4 << 20), "\(segment)")
        #expect(segment.allocatedBytes < segment.byteCount + 8192)
        #expect(reclaimed == (4 << 20) - segment.allocatedBytes)
        opened.log.close()
    }

    @Test(arguments: [(6, false), (8, true)])
    func `a segment of which less than a third would come back is left alone`(
        dropped: Int, isWorthwhile: Bool
    ) async throws {
        let (opened, positions) = try await fill(1 << 20) { _ in 500 }
        if !isWorthwhile { system.fail(.create, with: EIO) }
        var asked = 0
        // Of twenty records.
        let reclaimed = try opened.log.compact(1) { position, _ in
            asked += 1
            return try #require(positions.firstIndex(of: position)) % 20 >= dropped
        }
        #expect(asked == positions.count * (isWorthwhile ? 2 : 1))
        #expect((reclaimed > 0) == isWorthwhile)
        #expect(opened.log.segments.first?.isCompacted == isWorthwhile)
        #expect(code { try opened.log.read(at: positions[0]) } == (isWorthwhile ? .notFound : nil))
        system.heal(.create)
        // Whoever wants it nevertheless gets it.
        try opened.log.compact(1, gainingAtLeast: 0) { position, _ in
            try #require(positions.firstIndex(of: position)) % 20 != 19
        }
        #expect(code { try opened.log.read(at: positions[19]) } == .notFound)
        opened.log.close()
    }

    @Test func `a record of a compacted segment takes one read of little`() async throws {
        let (opened, positions) = try await fill(1 << 20) { $0 % 50 == 3 ? 20_000 : 150 }
        let kept = positions.enumerated().filter { $0.offset % 10 == 3 || $0.offset % 50 == 4 }
        try opened.log.compact(1, gainingAtLeast: 0) { position, _ in kept.contains { $0.element == position } }
        _ = try opened.log.read(at: kept[0].element)
        for (number, position) in kept {
            system.forgetReads()
            let isLarge = number % 50 == 3
            #expect(try opened.log.read(at: position) == record(number, byteCount: isLarge ? 20_000 : 150))
            #expect(system.readCount == 1 && system.largestRead <= (isLarge ? 20_100 : 2048))
        }
        // A scan does not read its way there either: header, index, and from the record on.
        let last = try #require(kept.last)
        system.forgetReads()
        _ = try opened.log.scan(from: last.element) { position, payload in
            #expect(position == last.element && payload.byteCount >= 150)
            return false
        }
        #expect(system.readCount == 3)
        opened.log.close()
    }

    @Test func `a record may be replaced, and is found under the position that it had`() async throws {
        let (opened, positions) = try await fill(64 << 10) { _ in 300 }
        func rest(_ number: Int) -> [UInt8]? {
            switch number % 4 {
            case 0: record(number, byteCount: 300)
            case 1: record(number, byteCount: 40 + number % 9)
            // Longer than it was.
            case 2 where number % 16 == 2: record(number, byteCount: 500)
            default: nil
            }
        }
        let isReplaced = { (number: Int) in number % 4 > 0 }
        try opened.log.rewrite(1) { position, _ in
            let number = try #require(positions.firstIndex(of: position))
            return isReplaced(number) ? rest(number).map { .replace($0) } ?? .drop : .keep
        }
        #expect(opened.log.segments.first?.isCompacted == true)
        let left = positions.indices.filter { rest($0) != nil }
        for (number, position) in positions.enumerated() {
            if let rest = rest(number) {
                #expect(try opened.log.read(at: position) == rest)
            } else {
                #expect(code { try opened.log.read(at: position) } == .notFound)
            }
            // Scans stop and go on anywhere.
            let next = left.first { $0 >= number }
            var found: [LogPosition] = []
            let end = try opened.log.scan(from: position, until: LogPosition(segment: 2, offset: 0)) {
                position, payload in
                found.append(position)
                #expect(payload.withUnsafeBytes { Array($0) } == next.flatMap(rest))
                return false
            }
            #expect(found == next.map { [positions[$0]] } ?? [])
            let goingOn = try scan(opened.log, from: try #require(end), until: LogPosition(segment: 2, offset: 0))
            #expect(goingOn.records == left.filter { $0 > next ?? .max }.compactMap(rest))
            let before = try scan(opened.log, from: LogPosition(segment: 1, offset: 0), until: position)
            #expect(before.records == left.filter { $0 < number }.compactMap(rest))
        }
        // And once more, of what it has become.
        try opened.log.rewrite(1, gainingAtLeast: 0) { position, _ in
            position == positions[0] ? .drop : position == positions[1] ? .replace(record(1)) : .keep
        }
        #expect(code { try opened.log.read(at: positions[0]) } == .notFound)
        #expect(try opened.log.read(at: positions[1]) == record(1))
        opened.log.close()
        let expected = [record(1)] + left.dropFirst(2).compactMap(rest)
        let again = try OpenedLog(folder, isStarted: false)
        #expect(Array(again.records.prefix(expected.count)) == expected)
        #expect(
            Array(again.positions.prefix(expected.count)) == [positions[1]] + left.dropFirst(2).map { positions[$0] })
        again.log.close()
    }

    @Test func `what was read from the old file while the new one took its place is not read again`() async throws {
        let (opened, positions) = try await fill(64 << 10) { _ in 300 }
        let log = opened.log
        system.afterOpening { _ in _ = try? log.compact(1) { position, _ in position == positions[5] } }
        // The file was opened before the compaction, so that the record is still there, once.
        #expect(try log.read(at: positions[2]) == record(2, byteCount: 300))
        #expect(code { try log.read(at: positions[2]) } == .notFound)
        #expect(try log.read(at: positions[5]) == record(5, byteCount: 300))
        log.close()
    }

    @Test func `a scan of the old file goes on while the new one takes its place`() async throws {
        let (opened, positions) = try await fill(64 << 10) { _ in 300 }
        var count = 0
        let next = LogPosition(segment: 2, offset: 0)
        _ = try opened.log.scan(from: LogPosition(segment: 1, offset: 0), until: next) { position, payload in
            if count == 3 { try opened.log.compact(1) { _, _ in false } }
            #expect(position == positions[count])
            #expect(payload.withUnsafeBytes { Array($0) } == record(count, byteCount: 300))
            count += 1
            return true
        }
        #expect(count == positions.count)
        #expect(try scan(opened.log, from: positions[0], until: LogPosition(segment: 2, offset: 0)).records.isEmpty)
        opened.log.close()
    }

    @Test(arguments: [true, false])
    func `room that is given back is looked for at once`(byRemoval: Bool) async throws {
        var options = LogOptions.small
        // Nothing else would find it within the time of this test.
        options.roomInterval = .seconds(3600)
        let opened = try OpenedLog(folder, options, fileSystem: system)
        for number in 0..<6 { try await opened.commit(record(number, byteCount: 8000)) }
        let current = try #require(opened.log.segments.last?.number)
        try await eventually { try folder.segments().last == segmentName(current + 1) }
        system.fail(.allocate, with: ENOSPC)
        // It takes the segment that is ready, and finds no room for the one behind it.
        try await opened.commit(record(6, byteCount: 8000))
        try await eventually { opened.log.isFull }
        system.heal(.allocate)
        if byRemoval {
            #expect(try opened.log.removeSegments(before: 3) == 2)
        } else {
            #expect(try opened.log.compact(1) { _, _ in false } > 0)
        }
        try await eventually { !opened.log.isFull }
        opened.log.close()
    }
}
