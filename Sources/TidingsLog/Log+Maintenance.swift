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

    /// Drops records from a sealed segment and gives their room back to the disk. Blocks on the disk.
    ///
    /// The segment is written anew as a sparse file in which every record that is kept stands where it stood, so
    /// positions never change; the new file takes the old one's place when it is durable. Who is reading the old one
    /// reads on. Room for what is kept is needed meanwhile. Interrupted anywhere, the segment is the old or the new one.
    ///
    /// - Parameters:
    ///   - number: The number of a sealed segment.
    ///   - keeping: Whether to keep a record, by its position and payload. Called for each in order, under no lock of
    ///     the log; all of it again when another compaction of the segment came in between.
    /// - Returns: How many bytes of the disk were reclaimed.
    /// - Throws: ``LogError/Code/notFound`` when there is no sealed segment of that number, ``LogError/Code/corrupt``,
    ///   ``LogError/Code/full``, ``LogError/Code/io``, ``LogError/Code/closed``, and whatever `keeping` throws; the segment is
    ///   then as before.
    @discardableResult
    public func compact(
        _ number: UInt64, keeping: (LogPosition, RawSpan) throws -> Bool
    ) throws -> Int {
        while true {
            if isClosed { throw LogError.closed }
            guard number < catalog.range.upperBound, let revision = catalog.revision(of: number),
                let file = try folder.openUnlessMissing(number)
            else { throw LogError.noSegment(number) }
            let compaction = try Compaction(of: file, number, keeping: keeping)
            guard compaction.dropsRecords else { return 0 }
            let reclaimed = try maintain { () throws(LogError) -> Int? in
                guard catalog.revision(of: number) == revision else { return nil }
                let reclaimed = try compaction.run(in: folder)
                catalog.replace(number)
                readers.forget(number)
                return reclaimed
            }
            if let reclaimed {
                preparer.tryAgain()
                return reclaimed
            }
        }
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
