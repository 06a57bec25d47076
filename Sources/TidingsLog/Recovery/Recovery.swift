/// Reads a log to its end, and leaves it so that writing can go on.
///
/// A segment is durable with its seal before anything is written to the next, so whatever does not check before the
/// last segment that holds anything is damage. In that one it is a torn tail, unless a marker beyond it, or the position
/// from which the log is read, proves that it had been durable.
///
/// Behind it may stand blank segments: the one prepared ahead, or, when the machine stopped just after the writer had
/// come to a new segment, that one and the next.
struct Recovery {
    let folder: SegmentFolder
    let options: LogOptions
    /// The position of a record that was durable; what is before it is not read.
    let start: LogPosition?
    let onWarning: (String) -> Void
    let replay: (LogPosition, RawSpan) throws -> Void

    /// The most blank segments there can be at the end.
    private static let mostBlanks = 2

    func run() throws -> RecoveredLog {
        try folder.removeTemporaries()
        let numbers = try folder.segments()
        guard let first = numbers.first, let last = numbers.last else {
            if let start { throw LogError.missing(folder.path(of: start.segment)) }
            return try begin(1, first: 1)
        }
        let lowest = try lowest(in: first...last)
        let written = try lastWritten(in: lowest...last)
        for number in lowest..<written { try replaySealed(number) }
        return try recover(written, blanks: Int(last - written), first: first)
    }

    /// The segment to begin with.
    private func lowest(in present: ClosedRange<UInt64>) throws(LogError) -> UInt64 {
        let number = start?.segment ?? 1
        if present.contains(number) { return number }
        if start == nil {
            throw LogError(
                .corrupt,
                "\(folder.path(of: 1)) is missing, though \(folder.path(of: present.lowerBound)) is there. If segments "
                    + "were removed, a checkpoint is needed to open the log from, and there is none. Nothing was "
                    + "changed. Put the file or the checkpoint back, or restore the folder from a backup.")
        }
        throw .missing(folder.path(of: number))
    }

    /// The last segment that holds anything, or the first of all.
    private func lastWritten(in numbers: ClosedRange<UInt64>) throws(LogError) -> UInt64 {
        var number = numbers.upperBound
        while number > numbers.lowerBound, numbers.upperBound - number < Self.mostBlanks,
            try RecoveredSegment(folder, number, .read).isBlank()
        {
            number -= 1
        }
        return number
    }

    private func replaySealed(_ number: UInt64) throws {
        let segment = try RecoveredSegment(folder, number, .read)
        guard let header = try segment.header() else {
            throw LogError.damage(segment.path, at: 0, "its header is empty")
        }
        guard segment.size == header.segmentBytes else { throw segment.wrongSize(header) }
        let records = try replayRecords(of: segment, header)
        guard records.isSealed else { throw records.damage }
    }

    /// Recovers the last segment that holds anything, and what is behind it.
    private func recover(_ number: UInt64, blanks: Int, first: UInt64) throws -> RecoveredLog {
        let segment = try RecoveredSegment(folder, number, .update)
        try segment.makeDurable()
        guard let header = try segment.header() else {
            guard try segment.isBlank(), start.map({ $0.segment < number }) ?? true else {
                throw LogError.damage(segment.path, at: 0, "its header is empty, but records follow it")
            }
            return try remake(number, first: first)
        }
        if header.isCompacted {
            // It was sealed and durable before that.
            try replaySealed(number)
            return try goOn(in: number + 1, blanks: blanks, first: first)
        }
        guard segment.size <= header.segmentBytes else { throw segment.wrongSize(header) }

        let records = try replayRecords(of: segment, header)
        let (end, isSealed) = (records.offset, records.isSealed)
        guard isSealed || blanks < Self.mostBlanks else {
            throw LogError.damage(segment.path, at: end, "the checksum there is wrong, though a seal had followed")
        }
        if let warning = try segment.cut(at: end, isSealed: isSealed, header) { onWarning(warning) }
        if isSealed { return try goOn(in: number + 1, blanks: blanks, first: first) }
        let tail = Tail(segment: number, offset: end, segmentBytes: header.segmentBytes)
        let spare = blanks > 0 ? try spare(number + 1) : nil
        return RecoveredLog(
            segment: OpenSegment(file: segment.file, tail: tail), tail: tail, spare: spare, first: first)
    }

    /// Writing goes on in the segment behind a sealed one.
    private func goOn(in number: UInt64, blanks: Int, first: UInt64) throws(LogError) -> RecoveredLog {
        guard blanks > 0 else { return try begin(number, first: first) }
        let segment = try RecoveredSegment(folder, number, .update)
        guard let header = try segment.headerIfComplete() else { return try remake(number, first: first) }
        let tail = Tail(segment: number, offset: SegmentHeader.byteCount, segmentBytes: header.segmentBytes)
        return RecoveredLog(
            segment: OpenSegment(file: segment.file, tail: tail), tail: tail,
            spare: blanks > 1 ? try spare(number + 1) : nil, first: first)
    }

    /// A blank segment for which it is not time yet, unless it is not complete, and is removed.
    private func spare(_ number: UInt64) throws(LogError) -> SegmentPreparer.Spare? {
        let segment = try RecoveredSegment(folder, number, .update)
        if let header = try segment.headerIfComplete() {
            return SegmentPreparer.Spare(file: segment.file, segmentBytes: header.segmentBytes)
        }
        warnIncomplete(number)
        try folder.remove(number)
        return nil
    }

    private func remake(_ number: UInt64, first: UInt64) throws(LogError) -> RecoveredLog {
        warnIncomplete(number)
        return try begin(number, first: first)
    }

    private func warnIncomplete(_ number: UInt64) {
        onWarning("\(folder.path(of: number)) had not been completed when the machine stopped; it is made anew.")
    }

    private func begin(_ number: UInt64, first: UInt64) throws(LogError) -> RecoveredLog {
        let size = SegmentHeader.size(holding: 0, usual: options.segmentBytes)
        let file = try folder.create(SegmentHeader(number: number, segmentBytes: size))
        let tail = Tail(segment: number, offset: SegmentHeader.byteCount, segmentBytes: size)
        return RecoveredLog(segment: OpenSegment(file: file, tail: tail), tail: tail, first: first)
    }

    /// Hands every record from the start on to `replay`, up to the seal or to the first thing that is not a whole frame.
    private func replayRecords(of segment: RecoveredSegment, _ header: SegmentHeader) throws -> SegmentRecords {
        let lowest = start.map { $0.segment == header.number ? Int($0.offset) : 0 } ?? 0
        var records = try SegmentRecords(segment, header, from: lowest)
        while let record = try records.next() {
            let position = LogPosition(segment: header.number, offset: record.offset)
            try records.withPayload(of: record) { try replay(position, $0) }
        }
        guard records.offset > lowest else {
            throw LogError.damage(
                segment.path, at: records.offset, "the record there had been durable and its checksum is wrong")
        }
        return records
    }
}

/// What recovery found and left: where writing goes on, and what is ready for it.
struct RecoveredLog {
    /// The segment to write to.
    let segment: OpenSegment
    /// Where.
    let tail: Tail
    /// The segment behind it, when one is ready.
    var spare: SegmentPreparer.Spare?
    /// The number of the first segment.
    var first: UInt64
}
