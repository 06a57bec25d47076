/// The compaction of one sealed segment: its records are asked for what becomes of them once to find out whether that is
/// worth while, and once more to write what is left.
struct Compaction {
    let segment: RecoveredSegment
    let header: SegmentHeader
    let rewrite: (LogPosition, RawSpan) throws -> LogRewrite

    init(
        of file: any LogFile, _ number: UInt64, _ rewrite: @escaping (LogPosition, RawSpan) throws -> LogRewrite
    ) throws {
        segment = try RecoveredSegment(file, number)
        guard let header = try segment.header() else { throw LogError.damage(file.path, at: 0, "its header is empty") }
        self.header = header
        self.rewrite = rewrite
    }

    /// Whether some record changes, and the part of what the file takes on the disk comes back.
    ///
    /// The new file is smaller in any case, so that the size tells the files apart which a segment has had.
    func isWorthwhile(_ share: Double) throws -> Bool {
        var index = DenseIndex()
        var hasChanges = false
        _ = try forEachRecord { offset, payload, rewrite in
            switch rewrite {
            case .keep:
                index.add(Frame(keeping: payload.byteCount), origin: offset)
                return
            case .drop: break
            case .replace(let bytes): index.add(Frame(keeping: bytes.count), origin: offset)
            }
            hasChanges = true
        }
        let before = try min(segment.size, segment.file.allocatedSize())
        return hasChanges && index.segmentBytes < segment.size
            && Double(index.segmentBytes) <= Double(before) * (1 - share)
    }

    /// Writes what is left of the segment.
    func write(to target: any LogFile) throws {
        var writer = DenseWriter(target, segment.number)
        let end = try forEachRecord { offset, payload, rewrite in
            switch rewrite {
            case .keep: try writer.append(payload, origin: offset)
            case .drop: break
            case .replace(let bytes): try writer.append(bytes.span.bytes, origin: offset)
            }
        }
        try writer.finish(originalEnd: end)
    }

    /// Reads the segment to its end, and returns where it ends or ended.
    private func forEachRecord(_ body: (Int, RawSpan, LogRewrite) throws -> Void) throws -> Int {
        var records = try SegmentRecords(segment, header)
        while let record = try records.next() {
            let position = LogPosition(segment: segment.number, offset: record.offset)
            try records.withPayload(of: record) { try body(record.offset, $0, rewrite(position, $0)) }
        }
        guard records.isSealed else { throw records.damage }
        return records.offset
    }
}
