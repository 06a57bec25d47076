import Foundation
import TidingsLog

/// A small log as a killed process leaves it: a compacted segment, a sealed one, the one being written, and the next.
struct SampleLog: Sendable {
    struct Record: Sendable {
        let position: LogPosition
        let payload: [UInt8]

        /// Behind its frame, the padding of which is under its checksum as well.
        var end: Int { Int(position.offset) + 16 + (payload.count + 7) / 8 * 8 }

        /// Compared at once: byte by byte is what a debug build would spend most of its time on.
        func holds(_ bytes: RawSpan) -> Bool {
            bytes.withUnsafeBytes { bytes in
                payload.withUnsafeBytes { own in
                    guard let left = own.baseAddress, let right = bytes.baseAddress else { return false }
                    return own.count == bytes.count && memcmp(left, right, own.count) == 0
                }
            }
        }
    }

    static let directory = "/log"
    static let segments: ClosedRange<UInt64> = 1...4

    let files: [String: [UInt8]]
    let records: [Record]

    /// The segment that is being written, and where in it the group that was written last begins.
    var lastGroup: LogPosition {
        let first = records[records.count - 2].position
        return LogPosition(segment: first.segment, offset: first.offset - 24)
    }

    static func path(_ segment: UInt64) -> String { directory + "/" + segmentName(segment) }

    func bytes(_ segment: UInt64) -> [UInt8] { files[Self.path(segment)] ?? [] }

    var byteCount: Int { files.values.reduce(0) { $0 + $1.count } }

    /// Every byte of every file, the last one of each included.
    var bytePlaces: [Damage] {
        Self.segments.flatMap { segment in
            bytes(segment).indices.map { Damage(segment: segment, offset: $0) }
        }
    }

    /// Every length that a file could be cut to, its own included, at which nothing happens.
    var lengths: [Damage] {
        Self.segments.flatMap { segment in
            (0...bytes(segment).count).map { Damage(segment: segment, offset: $0) }
        }
    }

    /// Whether a record that is delivered stands on this byte, or its header or padding does. Of a compacted segment
    /// every byte is under a checksum.
    func isStored(_ segment: UInt64, _ offset: Int) -> Bool {
        segment == 1
            || records.contains { record in
                record.position.segment == segment && (Int(record.position.offset)..<record.end).contains(offset)
            }
    }

    init() async throws {
        let system = MemoryFileSystem()
        let opened = try OpenedLog(Self.directory, .tiny, fileSystem: system)
        var records: [Record] = []
        func commit(_ numbers: Range<Int>, _ byteCount: (Int) -> Int) async throws {
            let group = numbers.map { record($0, byteCount: byteCount($0)) }
            let positions = try await opened.commit(group, inGroupsOf: group.count)
            records += zip(positions, group).map { Record(position: $0, payload: $1) }
        }
        var number = 0
        while (records.last?.position.segment ?? 0) < 3 {
            try await commit(number..<number + 3) { 150 + 10 * ($0 % 7) }
            number += 3
        }
        let kept = Set(records.indices.filter { $0 % 4 == 0 }.map { records[$0].position })
        try opened.log.compact(1, gainingAtLeast: 0) { position, _ in kept.contains(position) }
        records.removeAll { $0.position.segment == 1 && !kept.contains($0.position) }
        for _ in 0..<3 {
            try await commit(number..<number + 2) { _ in 40 }
            number += 2
        }
        try await eventually { system.segments().count == 4 }
        files = system.segments()
        self.records = records
        opened.log.close()
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
