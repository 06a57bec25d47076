/// What is to become of one sealed segment, and the writing of it.
struct Compaction {
    private let file: any LogFile
    private let number: UInt64
    /// What is behind the header, in order and without a space between.
    private var stretches: [Stretch] = []
    /// Whether a record goes that was there.
    private(set) var dropsRecords = false

    /// Frames that are kept as they are, or in whose place a gap comes.
    private struct Stretch {
        var range: Range<Int>
        let isGap: Bool
    }

    /// Asks of every record whether it is kept.
    ///
    /// A marker goes with the records around it: behind a seal it proves nothing more.
    init(
        of file: any LogFile, _ number: UInt64, keeping: (LogPosition, RawSpan) throws -> Bool
    ) throws {
        self.file = file
        self.number = number
        let segment = try RecoveredSegment(file, number)
        guard let header = try segment.header() else { throw LogError.damage(file.path, at: 0, "its header is empty") }
        var scanner = segment.scanner(header)
        var offset = SegmentHeader.byteCount
        // Frames since the last record that is kept, and whether a record among them goes.
        var pending = offset..<offset
        var hasGap = false
        var isSealed = false
        while !isSealed {
            guard case .frame(let frame) = try scanner.find(at: offset) else {
                throw LogError.damage(file.path, at: offset, "a record is missing or its checksum is wrong")
            }
            let range = offset..<offset + frame.byteCount
            let isKept = try Self.isKept(frame, LogPosition(segment: number, offset: offset), &scanner, keeping)
            offset = range.upperBound
            isSealed = frame.kind == .seal
            if isKept {
                add(pending, isGap: hasGap)
                add(range, isGap: false)
                pending = offset..<offset
                hasGap = false
            } else {
                pending = pending.lowerBound..<offset
                hasGap = hasGap || frame.kind != .marker
                dropsRecords = dropsRecords || frame.kind == .record
            }
        }
    }

    private static func isKept(
        _ frame: Frame, _ position: LogPosition, _ scanner: inout SegmentScanner,
        _ keeping: (LogPosition, RawSpan) throws -> Bool
    ) throws -> Bool {
        switch frame.kind {
        case .record: try scanner.withPayload(of: frame, at: Int(position.offset)) { try keeping(position, $0) }
        case .seal: true
        case .marker, .gap: false
        }
    }

    /// Writes the segment anew and puts it in the old one's place.
    ///
    /// - Returns: How many bytes of the disk that gave back.
    func run(in folder: SegmentFolder) throws(LogError) -> Int {
        let end = stretches.last?.range.upperBound ?? SegmentHeader.byteCount
        let header = SegmentHeader(number: number, segmentBytes: end, isCompacted: true)
        var after = 0
        try folder.replace(number) { target throws(LogError) in
            try LogError.wrapping { () throws(FileError) in
                try write(header, to: target)
                try target.synchronize()
                after = try target.allocatedSize()
            }
        }
        let before = try LogError.wrapping { () throws(FileError) in try file.allocatedSize() }
        return max(0, before - after)
    }

    private func write(_ header: SegmentHeader, to target: any LogFile) throws(FileError) {
        var writer = SparseWriter(target)
        try writer.write(header.encoded().span.bytes, at: 0)
        for stretch in stretches {
            if stretch.isGap {
                try writer.write(gap(stretch.range).span.bytes, at: stretch.range.lowerBound)
            } else {
                try copy(stretch.range, to: &writer)
            }
        }
        try writer.flush()
    }

    private func gap(_ range: Range<Int>) -> ContiguousArray<UInt8> {
        var header = ContiguousArray<UInt8>(repeating: 0, count: Frame.headerBytes)
        var span = header.mutableSpan
        var bytes = span.mutableBytes
        Frame.gap(range.count).store(into: &bytes, at: 0)
        let checksum = Frame.checksum(bytes.bytes, segment: number, offset: range.lowerBound)
        bytes.store(checksum, at: 0)
        return header
    }

    private func copy(_ range: Range<Int>, to writer: inout SparseWriter) throws(FileError) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            var bytes = ContiguousArray<UInt8>(repeating: 0, count: min(1 << 20, range.upperBound - offset))
            var span = bytes.mutableSpan
            var buffer = span.mutableBytes
            guard try file.read(into: &buffer, at: offset) == buffer.byteCount else { throw .shortRead(file.path) }
            try writer.write(bytes.span.bytes, at: offset)
            offset += bytes.count
        }
    }

    private mutating func add(_ range: Range<Int>, isGap: Bool) {
        if range.isEmpty { return }
        if !isGap, let last = stretches.last, !last.isGap {
            stretches[stretches.count - 1].range = last.range.lowerBound..<range.upperBound
        } else {
            stretches.append(Stretch(range: range, isGap: isGap))
        }
    }
}
