/// Reads a log from its first segment to its last, and leaves it so that writing can go on.
///
/// Everything in the segments before the last was durable before the next one was made, so whatever does not check
/// there is damage. In the last one it is a torn tail, unless a marker beyond it proves that it had been durable.
struct Recovery {
    let folder: SegmentFolder
    let options: LogOptions
    let onWarning: (String) -> Void
    let replay: (LogPosition, RawSpan) throws -> Void

    /// Recovers the log and returns the segment to write to, and where.
    func run() throws -> (OpenSegment, Tail) {
        try folder.removeTemporaries()
        let segments = try folder.segments()
        guard let last = segments.last else { return try begin(1) }
        for number in segments.dropLast() { try replaySealed(number) }
        return try recoverLast(last)
    }

    private func begin(_ number: UInt64) throws(LogError) -> (OpenSegment, Tail) {
        let size = SegmentHeader.size(holding: 0, usual: options.segmentBytes)
        let file = try folder.create(SegmentHeader(number: number, segmentBytes: size))
        let tail = Tail(segment: number, offset: SegmentHeader.byteCount, segmentBytes: size)
        return (OpenSegment(file: file, tail: tail), tail)
    }

    private func replaySealed(_ number: UInt64) throws {
        let segment = try RecoveredSegment(folder, number, .read)
        guard let header = try segment.header() else {
            throw LogError.damage(segment.path, at: 0, "its header is empty")
        }
        guard segment.size == header.segmentBytes else { throw segment.wrongSize(header) }
        var scanner = segment.scanner(header)
        let (end, isSealed) = try replayFrames(number, &scanner)
        guard isSealed else {
            throw LogError.damage(segment.path, at: end, "a record is missing or does not check")
        }
    }

    private func recoverLast(_ number: UInt64) throws -> (OpenSegment, Tail) {
        let segment = try RecoveredSegment(folder, number, .update)
        try segment.makeDurable()
        guard let header = try segment.header() else {
            guard try segment.isBlank() else {
                throw LogError.damage(segment.path, at: 0, "its header is empty, but records follow it")
            }
            onWarning("\(segment.path) had not been completed when the machine stopped; it is made anew.")
            return try begin(number)
        }
        guard segment.size <= header.segmentBytes else { throw segment.wrongSize(header) }

        var scanner = segment.scanner(header)
        let (end, isSealed) = try replayFrames(number, &scanner)
        if let warning = try segment.cut(at: end, isSealed: isSealed, header, &scanner) { onWarning(warning) }
        if isSealed { return try begin(number + 1) }
        let tail = Tail(segment: number, offset: end, segmentBytes: header.segmentBytes)
        return (OpenSegment(file: segment.file, tail: tail), tail)
    }

    /// Hands every record to `replay`, up to the seal or to the first thing that is no whole frame.
    private func replayFrames(_ number: UInt64, _ scanner: inout SegmentScanner) throws -> (end: Int, isSealed: Bool) {
        var offset = SegmentHeader.byteCount
        while case .frame(let frame) = try scanner.find(at: offset) {
            switch frame.kind {
            case .record:
                let position = LogPosition(segment: number, offset: offset)
                try scanner.withPayload(of: frame, at: offset) { try replay(position, $0) }
            case .marker: break
            case .seal: return (offset + frame.byteCount, true)
            }
            offset += frame.byteCount
        }
        return (offset, false)
    }
}
