/// One reading of a log in order, from a position to an end.
struct LogScan {
    let folder: SegmentFolder
    let catalog: SegmentCatalog
    /// What is before this position is written.
    let end: LogPosition
    /// Told where something damaged was passed over; nil if damage ends the reading.
    var onDamage: ((LogError) -> Void)?

    /// Hands over the records from a position on, until the end or until the body wants no more.
    ///
    /// - Returns: The position to go on from.
    func run(from start: LogPosition, _ body: (LogPosition, RawSpan) throws -> Bool) throws -> LogPosition {
        var next = start
        while next < end {
            let first = catalog.range.lowerBound
            if next.segment < first { next = LogPosition(segment: first, offset: SegmentHeader.byteCount) }
            guard next < end else { break }
            guard let file = try folder.openUnlessMissing(next.segment) else {
                // Removed since: go on with what is there.
                if next.segment < catalog.range.lowerBound { continue }
                throw LogError.missing(folder.path(of: next.segment))
            }
            let (position, goesOn) = try read(file, from: next, body)
            next = position
            if !goesOn { break }
        }
        return next
    }

    /// Reads one segment.
    private func read(
        _ file: any LogFile, from start: LogPosition, _ body: (LogPosition, RawSpan) throws -> Bool
    ) throws -> (next: LogPosition, goesOn: Bool) {
        let number = start.segment
        let segment = try RecoveredSegment(file, number)
        guard let header = try segment.header() else {
            throw LogError.damage(file.path, at: 0, "its header is empty")
        }
        let lowest = Int(start.offset)
        let limit = number == end.segment ? Int(end.offset) : Int.max
        var records = try SegmentRecords(segment, header, from: lowest)
        while true {
            while let record = try records.next(before: limit) {
                let position = LogPosition(segment: number, offset: record.offset)
                guard try records.withPayload(of: record, { try body(position, $0) }) else {
                    return (LogPosition(segment: number, offset: records.offset), false)
                }
            }
            if records.isSealed { return (LogPosition(segment: number + 1, offset: SegmentHeader.byteCount), true) }
            if records.offset >= limit {
                return (LogPosition(segment: number, offset: max(records.offset, lowest)), true)
            }
            guard let onDamage else { throw records.damage }
            onDamage(records.damage)
            guard try !records.passDamage(before: limit) else { continue }
            // Damaged up to its end.
            return number < end.segment
                ? (LogPosition(segment: number + 1, offset: SegmentHeader.byteCount), true)
                : (LogPosition(segment: number, offset: max(limit, lowest)), true)
        }
    }
}
