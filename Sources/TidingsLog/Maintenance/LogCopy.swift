/// The copying of a log's segments into another folder.
struct LogCopy {
    private let source: SegmentFolder
    private let target: SegmentFolder
    /// The last record of the copy.
    private let last: LogPosition

    /// Makes the folder, or takes one in which nothing is.
    init(from source: SegmentFolder, to directory: String, through last: LogPosition) throws(LogError) {
        self.source = source
        self.last = last
        target = SegmentFolder(directory: directory, fileSystem: source.fileSystem)
        let names = try LogError.wrapping { () throws(FileError) in
            try source.fileSystem.createDirectory(directory)
            return try source.fileSystem.list(directory)
        }
        guard names.isEmpty else {
            throw LogError(.notEmpty, "The folder \(directory) is not empty. Copy to a new one, or empty it.")
        }
    }

    /// Copies one segment, durably, or as much of the last one as belongs to the copy.
    func run(_ number: UInt64) throws(LogError) {
        let segment = try RecoveredSegment(source, number, .read)
        guard let header = try segment.header() else { throw .damage(segment.path, at: 0, "its header is empty") }
        try target.replace(number) { file throws(LogError) in
            if header.isCompacted {
                try copyRecords(of: segment, header, to: file)
            } else {
                try copyFrames(of: segment, header, to: file)
            }
        }
    }

    // MARK: A compacted segment

    /// Copies the records. If the copy ends within the segment, that stays a compacted one, and the copy goes on behind it.
    private func copyRecords(
        of segment: RecoveredSegment, _ header: SegmentHeader, to file: any LogFile
    ) throws(LogError) {
        let end = header.number == last.segment ? Int(last.offset) + Frame.alignment : Int.max
        var records = try SegmentRecords(segment, header)
        var writer = DenseWriter(file, header.number)
        var lastOffset = 0
        while let record = try records.next(before: end) {
            lastOffset = record.offset
            try LogError.wrapping { () throws(FileError) in
                try records.withPayload(of: record) { payload throws(FileError) in
                    try writer.append(payload, origin: record.offset)
                }
            }
        }
        guard records.isSealed || records.offset >= end else { throw records.damage }
        guard end == .max || lastOffset == Int(last.offset) else { throw .notFound(last) }
        try LogError.wrapping { () throws(FileError) in try writer.finish(originalEnd: records.offset) }
    }

    // MARK: Any other

    private func copyFrames(
        of segment: RecoveredSegment, _ header: SegmentHeader, to file: any LogFile
    ) throws(LogError) {
        let isLast = header.number == last.segment
        if isLast { try LogError.wrapping { () throws(FileError) in try file.allocate(header.segmentBytes) } }
        var frames = FrameCopy(scanner: segment.scanner(header), writer: SegmentWriter(file, header.number))
        let (frame, offset) = try frames.run(segment.path, until: isLast ? Int(last.offset) : nil)
        guard !isLast || (frame.kind == .record && offset == Int(last.offset)) else { throw .notFound(last) }
        try LogError.wrapping { () throws(FileError) in try complete(file, header, end: offset + frame.byteCount) }
    }

    /// Writes what is not a copy: the header, and what proves to whoever opens it that all was durable.
    private func complete(_ file: any LogFile, _ header: SegmentHeader, end: Int) throws(FileError) {
        var segmentBytes = header.segmentBytes
        if header.number < last.segment {
            // What is behind the seal is left out, and so the file is shorter.
            segmentBytes = end
        } else if end + Frame.markerBytes + Frame.sealBytes <= segmentBytes {
            let marker = Frame.encodedMarker(durable: end, segment: header.number, offset: end)
            try file.write(marker.span.bytes, at: end)
        }
        let header = SegmentHeader(number: header.number, segmentBytes: segmentBytes)
        try file.write(header.encoded().span.bytes, at: 0)
    }
}

/// Copies the frames of one segment from its start, each to where it stood.
private struct FrameCopy: ~Copyable {
    var scanner: SegmentScanner
    var writer: SegmentWriter

    /// Copies up to the frame at an offset or to the seal, and returns that frame and where it stands.
    mutating func run(_ path: String, until last: Int?) throws(LogError) -> (frame: Frame, offset: Int) {
        var offset = SegmentHeader.byteCount
        while true {
            guard case .frame(let frame) = try scanner.find(at: offset) else {
                throw .damage(path, at: offset, "a record is missing or its checksum is wrong")
            }
            try copy(frame, at: offset)
            if frame.kind == .seal || last.map({ offset >= $0 }) ?? false {
                try LogError.wrapping { () throws(FileError) in try writer.flush() }
                return (frame, offset)
            }
            offset += frame.byteCount
        }
    }

    private mutating func copy(_ frame: Frame, at offset: Int) throws(LogError) {
        do throws(FileError) {
            try scanner.withBytes(of: frame, at: offset) { bytes throws(FileError) in try writer.append(bytes) }
        } catch {
            throw LogError(error)
        }
    }
}
