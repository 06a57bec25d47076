extension Log {
    /// Reads the record that stands at a position, with its checksum verified. Blocks on the disk.
    ///
    /// - Parameter position: A position that a ticket or the replay gave, of a record that is written. Records that are
    ///   only staged cannot be read yet; one that is durable can, until it is dropped or removed.
    /// - Returns: The payload.
    /// - Throws: ``LogError/Code/notFound`` when no written record stands there, any more or at all,
    ///   ``LogError/Code/corrupt`` when the bytes are not those that were written, ``LogError/Code/io`` when the disk
    ///   cannot be read, ``LogError/Code/closed``.
    public func read(at position: LogPosition) throws(LogError) -> [UInt8] {
        if isClosed { throw .closed }
        guard position.offset >= SegmentHeader.byteCount, position.offset % UInt32(Frame.alignment) == 0,
            position < queue.ends.written
        else { throw .notFound(position) }
        return try readers.read(position)
    }

    /// Behind the last written record: where ``scan(from:until:_:)`` ends.
    public var end: LogPosition { queue.ends.written }

    /// Hands over the written records from a position on, in order, with their checksums verified. Blocks on the disk.
    ///
    /// Sees what was written when it was called; appends, removal and compaction may go on meanwhile, and a record that
    /// they drop may or may not still be handed over. Reads through a window of 1 MiB, whatever the log's size.
    ///
    /// - Parameters:
    ///   - position: The position of a record, or one that a scan returned, or the start of a segment: an offset of up
    ///     to 4096. When the segment was removed, the first record that is there is meant.
    ///   - end: Records from this position on are not handed over.
    ///   - body: Gets each record's position and payload; returns `false` to stop. Not called under a lock of the log.
    /// - Returns: The position to go on from: behind the record at which the body stopped, or the end that was reached;
    ///   `nil` when the log never came to where the reading was to begin.
    /// - Throws: ``LogError/Code/corrupt`` with file and offset when something does not check, ``LogError/Code/io``,
    ///   ``LogError/Code/closed``, and whatever `body` throws.
    public func scan(
        from position: LogPosition, until end: LogPosition? = nil,
        _ body: (LogPosition, RawSpan) throws -> Bool
    ) throws -> LogPosition? {
        try scan(from: position, until: end, onDamage: nil, body)
    }

    /// The same, but goes on behind what is damaged.
    ///
    /// - Parameter onDamage: Told of each place that is passed over, with file and offset; nil if damage ends the reading.
    package func scan(
        from position: LogPosition, until end: LogPosition? = nil, onDamage: ((LogError) -> Void)?,
        _ body: (LogPosition, RawSpan) throws -> Bool
    ) throws -> LogPosition? {
        if isClosed { throw LogError.closed }
        let written = queue.ends.written
        let next = LogPosition(segment: written.segment + 1, offset: SegmentHeader.byteCount)
        guard position <= written || (position.segment == next.segment && position <= next) else { return nil }
        guard let onDamage else {
            return try LogScan(folder: folder, catalog: catalog, end: min(end ?? written, written))
                .run(from: position, body)
        }
        return try withoutActuallyEscaping(onDamage) { onDamage in
            try LogScan(folder: folder, catalog: catalog, end: min(end ?? written, written), onDamage: onDamage)
                .run(from: position, body)
        }
    }

    /// The segments that hold records or are to hold the next, oldest first.
    ///
    /// Looks at each file that it has not looked at since it changed. One that cannot be looked at has no bytes here.
    public var segments: [LogSegment] {
        let range = catalog.range
        return range.compactMap { number in
            if let known = catalog.known(number) { return known }
            guard let revision = catalog.revision(of: number) else { return nil }
            let isSealed = number < range.upperBound
            guard let segment = try? look(at: number, isSealed: isSealed) else {
                return LogSegment(
                    number: number, byteCount: 0, allocatedBytes: 0, isSealed: isSealed, isCompacted: false)
            }
            if isSealed { catalog.keep(segment, seenAt: revision) }
            return segment
        }
    }

    private func look(at number: UInt64, isSealed: Bool) throws(LogError) -> LogSegment {
        let segment = try RecoveredSegment(folder, number, .read)
        let allocated = try LogError.wrapping { () throws(FileError) in try segment.file.allocatedSize() }
        return LogSegment(
            number: number, byteCount: segment.size, allocatedBytes: allocated, isSealed: isSealed,
            isCompacted: try segment.header()?.isCompacted ?? false)
    }
}
