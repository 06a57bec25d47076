/// Reads the records of one segment in order, by the offsets at which they were appended, compacted or not.
struct SegmentRecords {
    private let path: String
    private var scanner: SegmentScanner
    private let indexPlace: Int?
    private let lowest: Int
    /// Where the next frame stands in the file.
    private var place: Int

    /// Behind the last record that was read, or where the segment ends or ended once that was reached.
    private(set) var offset: Int
    /// Whether the end of a segment was reached that is complete.
    private(set) var isSealed = false

    /// A record that was read.
    struct Record {
        /// The offset at which it was appended.
        let offset: Int
        fileprivate let place: Int
        fileprivate let frame: Frame
        fileprivate let prefix: Int
    }

    /// - Parameter lowest: Records before this offset are passed over.
    init(_ segment: RecoveredSegment, _ header: SegmentHeader, from lowest: Int = 0) throws(LogError) {
        path = segment.path
        scanner = segment.scanner(header)
        indexPlace = header.indexPlace
        self.lowest = lowest
        offset = SegmentHeader.byteCount
        place = offset
        if lowest > offset {
            if let index = try segment.index(header) {
                place = index.stretch(holding: lowest)?.lowerBound ?? place
            } else {
                offset = lowest
                place = lowest
            }
        }
    }

    /// The next record that stands before an offset; `nil` if there is none, or something that is not as it was written.
    mutating func next(before limit: Int = .max) throws(LogError) -> Record? {
        while offset < limit, !isSealed, case .frame(let frame) = try scanner.find(at: place) {
            let start = place
            switch (frame.kind, indexPlace != nil) {
            case (.record, false):
                advance(frame, to: start + frame.byteCount)
                return Record(offset: start, place: start, frame: frame, prefix: 0)
            case (.kept, true):
                let origin = scanner.origin(ofRecordAt: start)
                guard origin >= offset else { return nil }
                if origin >= limit {
                    offset = limit
                    return nil
                }
                // What it is long now says nothing of where the next one stood.
                advance(frame, to: origin + Frame.alignment)
                guard origin >= lowest else { continue }
                return Record(offset: origin, place: start, frame: frame, prefix: Frame.originBytes)
            case (.marker, false):
                advance(frame, to: start + frame.byteCount)
            case (.seal, false):
                advance(frame, to: start + frame.byteCount)
                isSealed = true
            case (.index, true):
                guard start == indexPlace, let end = originalEnd(frame), end >= offset else { return nil }
                advance(frame, to: end)
                isSealed = true
            default: return nil
            }
        }
        return nil
    }

    /// Goes on behind something damaged, with the next whole frame. A checksum knows its place, so nothing else passes for
    /// a frame.
    /// - Returns: Whether there is one before the limit.
    mutating func passDamage(before limit: Int) throws(LogError) -> Bool {
        let end = indexPlace == nil ? min(limit, scanner.end) : scanner.end
        var next = place + Frame.alignment
        while next < end {
            if case .frame = try scanner.find(at: next) {
                place = next
                if indexPlace == nil { offset = next }
                return true
            }
            next += Frame.alignment
        }
        return false
    }

    /// Lends the payload of the record that was read last.
    func withPayload<Result, Failure: Error>(
        of record: Record, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try scanner.withPayload(of: record.frame, at: record.place) { payload throws(Failure) in
            try body(payload.extracting(droppingFirst: record.prefix))
        }
    }

    /// What is wrong with the segment where ``next(before:)`` found no record, though there should be something.
    var damage: LogError { .damage(path, at: place, "a record is missing or its checksum is wrong") }

    private mutating func advance(_ frame: Frame, to offset: Int) {
        place += frame.byteCount
        self.offset = offset
    }

    private func originalEnd(_ frame: Frame) -> Int? {
        scanner.withPayload(of: frame, at: place) { DenseIndex($0, at: place)?.originalEnd }
    }
}
