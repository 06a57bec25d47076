/// A segment file as it was found.
struct RecoveredSegment {
    let file: any LogFile
    let number: UInt64
    let size: Int

    var path: String { file.path }

    init(_ folder: SegmentFolder, _ number: UInt64, _ access: FileAccess) throws(LogError) {
        try self.init(folder.open(number, access), number)
    }

    init(_ file: any LogFile, _ number: UInt64) throws(LogError) {
        self.file = file
        self.number = number
        size = try LogError.wrapping { () throws(FileError) in try file.size() }
    }

    /// The header, or `nil` when there is none: the file is too short for one, or has zeros in its place.
    func header() throws(LogError) -> SegmentHeader? {
        guard size >= SegmentHeader.byteCount else { return nil }
        var page = ContiguousArray<UInt8>(repeating: 0, count: SegmentHeader.byteCount)
        do {
            var span = page.mutableSpan
            var buffer = span.mutableBytes
            _ = try file.read(into: &buffer, at: 0)
        } catch {
            throw LogError(error)
        }
        let bytes = page.span.bytes
        return bytes.lastNonzero() == nil ? nil : try SegmentHeader(bytes, number: number, file: path)
    }

    func scanner(_ header: SegmentHeader) -> SegmentScanner {
        SegmentScanner(file, segment: number, end: min(size, header.segmentBytes))
    }

    /// Where the records of a compacted segment stand; `nil` for one that was not compacted.
    func index(_ header: SegmentHeader) throws(LogError) -> DenseIndex? {
        guard let place = header.indexPlace else { return nil }
        guard size == header.segmentBytes else { throw wrongSize(header) }
        var scanner = scanner(header)
        guard case .frame(let frame) = try scanner.find(at: place), frame.kind == .index,
            let index = scanner.withPayload(of: frame, at: place, { DenseIndex($0, at: place) })
        else { throw .damage(path, at: place, "its index is missing or has a wrong checksum") }
        return index
    }

    /// Whether nothing was ever written behind the header.
    func isBlank() throws(LogError) -> Bool {
        var scanner = SegmentScanner(file, segment: number, end: size)
        return try scanner.lastNonzero(from: SegmentHeader.byteCount) == nil
    }

    /// The header, or `nil` when there is none that checks, for a segment in which nothing can have been durable.
    func headerIfComplete() throws(LogError) -> SegmentHeader? {
        do throws(LogError) {
            guard let header = try header(), header.segmentBytes == size else { return nil }
            return header
        } catch {
            if error.code == .corrupt { return nil }
            throw error
        }
    }

    /// Makes what the last process wrote durable before it is acknowledged, and lets it be read from the disk.
    func makeDurable() throws(LogError) {
        do {
            try file.synchronize()
            file.discardCache()
        } catch {
            throw LogError(error)
        }
    }

    /// Removes what lies beyond the last whole frame, so that it can never be taken for a record again.
    ///
    /// - Returns: A warning, if there was anything.
    /// - Throws: ``LogError/Code/corrupt`` when something beyond proves that more had been durable.
    func cut(at end: Int, isSealed: Bool, _ header: SegmentHeader) throws(LogError) -> String? {
        var scanner = scanner(header)
        let last = try isSealed ? nil : scanner.lastNonzero(from: end)
        if let last, let durable = try scanner.provenDurable(from: end, to: last), durable > end {
            throw .damage(path, at: end, "the checksum there is wrong, though the bytes had been durable")
        }
        let isTruncated = size < header.segmentBytes
        guard last != nil || isTruncated else { return nil }
        do {
            if let last { try file.zero(end..<last + 1) }
            if isTruncated { try file.allocate(header.segmentBytes) }
            try file.synchronize()
        } catch {
            throw LogError(error)
        }
        let bytes = last.map { $0 + 1 - end } ?? 0
        return "\(path): cut \(bytes) bytes at offset \(end)\(isTruncated ? " of a file that was too short" : ""). "
            + "They had not been proven durable; the process or the machine stopped while they were written."
    }

    func wrongSize(_ header: SegmentHeader) -> LogError {
        .damage(path, at: min(size, header.segmentBytes), "it has \(size) bytes instead of \(header.segmentBytes)")
    }
}
