import Synchronization

extension Log {
    /// Removes the segments before a number, lowest first, each durably before the next. Blocks on the disk.
    ///
    /// The one that is being written stays, whatever the number. What is interrupted leaves a log without a gap. After
    /// it the log is opened from a position: ``open(directory:options:from:onWarning:replay:)``.
    ///
    /// - Parameter number: The number of the first segment to keep.
    /// - Returns: How many were removed.
    /// - Throws: ``LogError/Code/io`` or ``LogError/Code/closed``; those before the one that failed are removed. Trying again
    ///   is safe. Where the removal could not be made durable, the log stops.
    @discardableResult
    public func removeSegments(before number: UInt64) throws(LogError) -> Int {
        try maintain { () throws(LogError) in
            var count = 0
            let range = catalog.range
            for segment in range.lowerBound..<max(range.lowerBound, min(number, range.upperBound)) {
                if isClosed { throw .closed }
                // First of all, so that whoever finds no file knows why.
                catalog.begin(at: segment + 1)
                readers.forget(segment)
                do throws(LogError) {
                    try folder.remove(segment)
                } catch {
                    if try folder.openUnlessMissing(segment) != nil { catalog.restoreFirst() }
                    throw error
                }
                do throws(LogError) {
                    try folder.synchronizeNames()
                } catch {
                    // A later sync that succeeds would say nothing of this removal, and leave a gap.
                    queue.fail(error)
                    throw error
                }
                count += 1
            }
            if count > 0 { preparer.tryAgain() }
            return count
        }
    }

    /// The least part of its room that a compaction gives back, unless it is told otherwise.
    public static var usualGain: Double { 1.0 / 3 }

    /// Drops records from a sealed segment and gives their room back to the disk. Blocks on the disk.
    ///
    /// As ``rewrite(_:gainingAtLeast:_:)``, for records that stay whole or go.
    ///
    /// - Parameters:
    ///   - number: The number of a sealed segment.
    ///   - share: The least part of the segment's room that must come back, from 0 to 1.
    ///   - keeping: Whether to keep a record, by its position and payload.
    /// - Returns: How many bytes of the disk were reclaimed.
    @discardableResult
    public func compact(
        _ number: UInt64, gainingAtLeast share: Double = usualGain, keeping: (LogPosition, RawSpan) throws -> Bool
    ) throws -> Int {
        try rewrite(number, gainingAtLeast: share) { try keeping($0, $1) ? .keep : .drop }
    }

    /// Drops or replaces records of a sealed segment and gives their room back to the disk. Blocks on the disk.
    ///
    /// The records that stay are written one behind the other to a new file, which takes the old one's place when it is
    /// durable. They are found at the positions that they had. Who is reading the old file reads on. Room for what stays
    /// is needed meanwhile. Interrupted anywhere, the segment is the old or the new one. Removal, other compactions and
    /// copies wait.
    ///
    /// - Parameters:
    ///   - number: The number of a sealed segment.
    ///   - share: The least part of the segment's room that must come back, from 0 to 1; otherwise nothing is written and
    ///     all its records stay. A segment is not written anew either if no record changes or its file would not shrink.
    ///   - body: What becomes of a record, by its position and payload. Called for each in order, twice if it is
    ///     worth while: the same record must get the same answer. It must not remove, compact, copy or close.
    /// - Returns: How many bytes of the disk were reclaimed.
    /// - Throws: ``LogError/Code/notFound`` when there is no sealed segment of that number, ``LogError/Code/corrupt``,
    ///   ``LogError/Code/full``, ``LogError/Code/io``, ``LogError/Code/closed``, and whatever `body` throws; the segment is
    ///   then as before.
    @discardableResult
    public func rewrite(
        _ number: UInt64, gainingAtLeast share: Double = usualGain,
        _ body: (LogPosition, RawSpan) throws -> LogRewrite
    ) throws -> Int {
        let reclaimed = try maintenance.withLock { isClosed in
            if isClosed { throw LogError.closed }
            do {
                return try withoutActuallyEscaping(body) { try replace(number, gainingAtLeast: share, $0) }
            } catch let error as FileError {
                throw LogError(error)
            }
        }
        if reclaimed > 0 { preparer.tryAgain() }
        return reclaimed
    }

    private func replace(
        _ number: UInt64, gainingAtLeast share: Double,
        _ rewrite: @escaping (LogPosition, RawSpan) throws -> LogRewrite
    ) throws -> Int {
        guard number < catalog.range.upperBound, catalog.revision(of: number) != nil,
            let file = try folder.openUnlessMissing(number)
        else { throw LogError.noSegment(number) }
        let compaction = try Compaction(of: file, number, rewrite)
        guard try compaction.isWorthwhile(share) else { return 0 }
        defer {
            catalog.replace(number)
            readers.forget(number)
        }
        let new = try folder.beginReplacing(number)
        do {
            try compaction.write(to: new)
        } catch {
            try folder.abandonReplacing(number)
            throw error
        }
        try folder.finishReplacing(number, with: new)
        return try max(0, file.allocatedSize() - new.allocatedSize())
    }

    /// Copies the log up to a record into a folder of its own, where it opens like one that was closed. Blocks on the disk.
    ///
    /// Appends go on meanwhile; removal and compaction wait. Every checksum is verified on the way, and everything is
    /// durable at the return. What is interrupted leaves the last segments only.
    ///
    /// - Parameters:
    ///   - directory: A folder that is empty or missing, and is made.
    ///   - position: The position of a durable record, the last of the copy.
    /// - Throws: ``LogError/Code/notEmpty``, ``LogError/Code/notFound`` when no durable record stands at the position,
    ///   ``LogError/Code/corrupt``, ``LogError/Code/full``, ``LogError/Code/io``, ``LogError/Code/closed``.
    public func copy(to directory: String, through position: LogPosition) throws(LogError) {
        try maintain { () throws(LogError) in
            let first = catalog.range.lowerBound
            guard first <= position.segment, position < queue.ends.synced else { throw .notFound(position) }
            let copy = try LogCopy(from: folder, to: directory, through: position)
            // From the last to the first, so that what is interrupted never passes for a shorter log.
            for number in (first...position.segment).reversed() {
                if isClosed { throw .closed }
                try copy.run(number)
            }
        }
    }

    /// Does something to the segments' files that nothing else may do at the same time.
    private func maintain<Result>(_ body: () throws(LogError) -> Result) throws(LogError) -> Result {
        try maintenance.withLock { isClosed throws(LogError) in
            if isClosed { throw .closed }
            return try body()
        }
    }
}

extension LogError {
    static func noSegment(_ number: UInt64) -> LogError {
        LogError(.notFound, "There is no sealed segment \(number). It was removed, or is still being written.")
    }
}
