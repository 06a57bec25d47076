import Testing
import TidingsLog

/// A small log with a compacted segment, a sealed one, the one being written, and the next; damaged in every place.
@Suite(.timeLimit(.minutes(5))) struct DamageTests {
    private static let directory = "/log"

    /// A log as a killed process leaves it.
    struct Sample {
        var files: [String: [UInt8]]
        var records: [(position: LogPosition, payload: [UInt8])]
        /// Where the group that was written last begins.
        var lastGroup: LogPosition

        func path(_ segment: UInt64) -> String { DamageTests.directory + "/" + segmentName(segment) }

        /// Opens the log with one file changed.
        func recover(
            _ segment: UInt64, from start: LogPosition? = nil, _ change: (inout [UInt8]) -> Void
        ) throws -> OpenedLog {
            var files = files
            change(&files[path(segment), default: []])
            let opened = try OpenedLog(
                DamageTests.directory, .tiny, fileSystem: MemoryFileSystem(files), from: start, isStarted: false)
            opened.log.close()
            return opened
        }
    }

    private func sample() async throws -> Sample {
        let system = MemoryFileSystem()
        let opened = try OpenedLog(Self.directory, .tiny, fileSystem: system)
        var records: [(position: LogPosition, payload: [UInt8])] = []
        func commit(_ group: [[UInt8]]) async throws {
            let positions = try await opened.commit(group, inGroupsOf: group.count)
            for (position, payload) in zip(positions, group) { records.append((position, payload)) }
        }
        var number = 0
        while (records.last?.position.segment ?? 0) < 3 {
            let group = (number..<number + 3).map { record($0, byteCount: 150 + 10 * ($0 % 7)) }
            try await commit(group)
            number += 3
        }
        let kept = Set(records.indices.filter { $0 % 4 == 0 }.map { records[$0].position })
        try opened.log.compact(1) { position, _ in kept.contains(position) }
        records = records.enumerated().filter { $0.element.position.segment > 1 || $0.offset % 4 == 0 }
            .map(\.element)
        for _ in 0..<3 {
            let group = (number..<number + 2).map { record($0, byteCount: 40) }
            try await commit(group)
            number += 2
        }
        try await eventually { system.segments().count == 4 }
        let files = system.segments()
        let first = records[records.count - 2].position
        opened.log.close()
        return Sample(
            files: files, records: records,
            lastGroup: LogPosition(segment: first.segment, offset: first.offset - 24))
    }

    @Test func `the sample is whole`() async throws {
        let sample = try await sample()
        let opened = try sample.recover(3) { _ in }
        #expect(opened.records == sample.records.map(\.payload))
        #expect(opened.positions == sample.records.map(\.position))
        #expect(opened.warnings.isEmpty)
        #expect(sample.lastGroup.segment == 3)
    }

    @Test(arguments: 0..<8)
    func `a flipped byte is refused or harms nothing, and only the last group may be cut`(part: Int) async throws {
        let sample = try await sample()
        let payloads = sample.records.map(\.payload)
        for segment in 1...4 as ClosedRange<UInt64> {
            for offset in sample.placesToFlip(segment) where offset % 8 == part {
                // The other tests have something to wait for meanwhile.
                await Task.yield()
                let position = LogPosition(segment: segment, offset: UInt32(offset))
                do {
                    let opened = try sample.recover(segment) { $0[offset] ^= 0x10 }
                    if segment == 3, position >= sample.lastGroup {
                        guard opened.records == payloads || opened.warnings.count == 1 else {
                            Issue.record("cut without a warning at \(position)")
                            continue
                        }
                        let isLong = opened.records.count >= payloads.count - 2
                        if !isLong || !payloads.starts(with: opened.records) {
                            Issue.record("more than the last group is missing at \(position)")
                        }
                    } else if opened.records != payloads || sample.isStored(position) {
                        Issue.record("taken for whole at \(position)")
                    }
                } catch {
                    let code = (error as? LogError)?.code
                    if code != .corrupt, code != .unsupportedFormat || offset > 16 {
                        Issue.record("\(error) at \(position)")
                    }
                    if segment == 3, position >= sample.lastGroup {
                        Issue.record("refused for its last group at \(position)")
                    }
                }
            }
        }
    }

    @Test func `stopping at the first frame that does not check would lose durable records quietly`() async throws {
        let sample = try await sample()
        let victim = try #require(sample.records.first { $0.position.segment == 3 })
        let flip = { (bytes: inout [UInt8]) in bytes[Int(victim.position.offset) + 20] ^= 0x10 }
        var bytes = sample.files[sample.path(3)] ?? []
        let whole = naiveRecords(bytes, segment: 3)
        #expect(whole == sample.records.filter { $0.position.segment == 3 }.map(\.payload))
        flip(&bytes)
        // Each of these was acknowledged as durable, and the truncating reader sees none of them.
        #expect(naiveRecords(bytes, segment: 3).isEmpty)
        #expect(whole.count > 2)
        #expect(code { try sample.recover(3, flip) } == .corrupt)
    }

    @Test func `a log cut anywhere has the whole records before the cut, or is refused`() async throws {
        let sample = try await sample()
        let positions = sample.records.map(\.position)
        let proven = try #require(positions.dropLast(2).last)
        let end = Int(try #require(positions.last).offset) + 16 + 40 + 24
        for length in Array(stride(from: 0, to: 4096, by: 61)) + Array(4096..<end) {
            await Task.yield()
            let ends = sample.records.map { record in
                record.position.segment < 3 ? 0 : Int(record.position.offset) + 16 + (record.payload.count + 7) / 8 * 8
            }
            let whole = ends.prefix { $0 <= length }.count
            let opened = try sample.recover(3) { $0.removeSubrange(length...) }
            if opened.records != sample.records.prefix(whole).map(\.payload) {
                Issue.record("\(opened.records.count) instead of \(whole) records at \(length)")
            }
            let isRefused = code { try sample.recover(3, from: proven) { $0.removeSubrange(length...) } } == .corrupt
            if isRefused != (whole < positions.count - 2) { Issue.record("the position proves nothing at \(length)") }
        }
    }

    /// The records of a segment up to the first frame that does not check.
    private func naiveRecords(_ bytes: [UInt8], segment: UInt64) -> [[UInt8]] {
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) }
        }
        var records: [[UInt8]] = []
        var offset = 4096
        while offset + 16 <= bytes.count {
            let length = Int(number(offset + 8, 4))
            let end = offset + 16 + (length + 7) / 8 * 8
            guard end <= bytes.count else { break }
            let seed = segment &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(offset)
            let frame = ContiguousArray(bytes[offset + 8..<end])
            guard XXH64.hash(frame.span.bytes, seed: seed) == number(offset, 8) else { break }
            if bytes[offset + 12] == 1 { records.append(Array(bytes[offset + 16..<offset + 16 + length])) }
            offset = end
        }
        return records
    }
}

extension DamageTests.Sample {
    /// Every byte of a segment; of a long run of zeros, where all are alike, those of a few places.
    func placesToFlip(_ segment: UInt64) -> [Int] {
        let bytes = files[path(segment)] ?? []
        return bytes.indices.filter { index in
            index % 509 == 0 || bytes[max(0, index - 32)..<min(bytes.count, index + 32)].contains { $0 != 0 }
        }
    }

    /// Whether a record that was delivered covers this byte, which therefore must not change without notice.
    func isStored(_ position: LogPosition) -> Bool {
        records.contains { record in
            let start = record.position.offset
            return record.position.segment == position.segment && position.offset >= start
                && position.offset < start + 16 + UInt32(record.payload.count)
        }
    }
}

extension LogOptions {
    /// The smallest segments there are, and nothing is synced that nobody waits for.
    static var tiny: LogOptions {
        var options = LogOptions.small
        options.segmentBytes = 8 << 10
        return options
    }
}
