import Synchronization

/// A segmented, append-only log of opaque records in a folder of its own.
///
/// Records are staged in memory by ``append(_:urgency:keepingFree:)`` from any thread and written by one thread in
/// groups: what arrives while one group is being synced goes into the next, so that many appends share one sync.
///
/// **Durability.** A record is durable once ``LogProgress/synced`` has reached its ticket's ordinal; it then survives
/// the end of the process and a power cut. After a restart the log holds every durable record, in the order of
/// appends, and perhaps some later ones, never with a gap before them.
///
/// **Failure.** A write or sync that fails is never tried again as if it had worked: the log stops, says why in its
/// progress, and takes nothing more until it is opened again. Where a call was interrupted, or the process or the machine
/// had no descriptor or memory left for it, nothing was done, and it is made again until it works; only a sync that lacked
/// memory is final, for nobody knows what became of it. A few descriptors are kept in reserve for the log's files.
///
/// **A full disk** stops nothing as long as it keeps the room that was allocated. The next segment is made ahead of
/// need; while there is no room for it, appends that need it are refused with ``LogError/Code/full``, nothing is taken
/// or lost, and they succeed again when there is room, which is looked for once a second. Only what was taken before
/// anyone knew waits in memory until there is room: that takes a writer who fills a whole segment while the next is
/// being made, or a record larger than a segment. It is not acknowledged meanwhile. A disk that refuses a write to a
/// segment that was allocated, as one may that copies on write, is a failure: the log stops.
///
/// **Space.** ``removeSegments(before:)`` removes whole segments at the beginning, ``compact(_:gainingAtLeast:keeping:)``
/// drops records out of the middle. No record ever changes its position.
///
/// **One folder, one process.** An open log holds an exclusive lock on its folder.
public final class Log: Sendable {
    let folder: SegmentFolder
    let queue: CommitQueue
    let catalog: SegmentCatalog
    let readers: SegmentReaders
    let preparer: SegmentPreparer
    /// Held while segments are removed, replaced or copied: one of these at a time. Says whether the log was closed.
    let maintenance = Mutex(false)
    private let lazyCommit: Duration
    private let lifecycle: Mutex<Lifecycle>
    /// The calls that wait because the process or the machine lacks something.
    package let retries: CallRetries

    /// Before, while and after the writer has the folder.
    private enum Lifecycle {
        case opened(OpenSegment, lock: any LogFile)
        case running(writer: BlockingThread, preparer: BlockingThread, lock: any LogFile)
        case closed
    }

    init(
        _ folder: SegmentFolder, _ recovered: RecoveredLog, _ options: LogOptions, lock: any LogFile,
        retries: CallRetries
    ) {
        self.folder = folder
        queue = CommitQueue(tail: recovered.tail, options: options)
        catalog = SegmentCatalog(first: recovered.first, current: recovered.tail.segment)
        readers = SegmentReaders(folder: folder, catalog: catalog)
        preparer = SegmentPreparer(
            after: recovered.tail.segment, spare: recovered.spare, folder: folder, queue: queue, options: options)
        lazyCommit = options.lazyCommit
        self.retries = retries
        lifecycle = Mutex(.opened(recovered.segment, lock: lock))
    }

    deinit { close() }

    /// How far the log has come.
    public var progress: LogProgress { queue.progress }

    /// Whether there is no room on the disk for the next segment, so that appends are refused with
    /// ``LogError/Code/full`` as soon as they need it, or would use what they are to keep free.
    public var isFull: Bool { queue.isFull }

    /// Starts the writer thread and the one that makes segments ahead. Records appended before stay in memory until
    /// then. Only the first call counts.
    ///
    /// - Parameter onCommit: Called on the writer thread, never under a lock of the log, each time more became durable,
    ///   after each group whose greatest urgency was ``LogUrgency/write``, and once when the log stops. The writer does
    ///   not go on until it returns, so it should only wake those who wait. It must not call ``close()``.
    public func start(onCommit: @escaping @Sendable (LogProgress) -> Void) {
        let failure = lifecycle.withLock { lifecycle -> LogError? in
            guard case .opened(let segment, let lock) = lifecycle else { return nil }
            retries.isUnlimited = true
            do throws(LogError) {
                let preparer = try BlockingThread(named: "tidings.prepare") { [preparer] in
                    // Each thread keeps the folder locked even when it outlives the log.
                    withExtendedLifetime(lock) { preparer.run() }
                }
                lifecycle = .running(
                    writer: try startWriter(segment, lock, onCommit), preparer: preparer, lock: lock)
                return nil
            } catch {
                return error
            }
        }
        if let failure { onCommit(queue.stop(failure)) }
    }

    private func startWriter(
        _ segment: OpenSegment, _ lock: any LogFile, _ onCommit: @escaping @Sendable (LogProgress) -> Void
    ) throws(LogError) -> BlockingThread {
        try BlockingThread(named: "tidings.log") { [queue, preparer, catalog, lazyCommit] in
            withExtendedLifetime(lock) {
                var committer = Committer(
                    segment: segment, queue: queue, preparer: preparer, catalog: catalog, lazyCommit: lazyCommit,
                    onCommit: onCommit)
                committer.run()
            }
        }
    }

    /// Stages a record and gives it its place in the order. Blocks on no I/O.
    ///
    /// Safe to call from any thread and under any lock that `onCommit` does not hold while it waits for this one.
    ///
    /// - Parameters:
    ///   - payload: The record, which is copied.
    ///   - urgency: How soon it must be written and durable.
    ///   - keepingFree: How many bytes must be left in the last segment behind the record while the disk has no room
    ///     for another, for records that matter more. Ignored while there is room.
    /// - Returns: The record's ticket.
    /// - Throws: ``LogError/Code/overloaded`` when too much waits for the disk, and ``LogError/Code/full`` when there is no
    ///   room on it: try again later. ``LogError/Code/tooLarge``, ``LogError/Code/stopped`` and ``LogError/Code/closed``:
    ///   trying again does not help. The record was not taken in any of these cases.
    public func append(
        _ payload: RawSpan, urgency: LogUrgency, keepingFree: Int = 0
    ) throws(LogError) -> LogTicket {
        try queue.append(byteCount: payload.byteCount, urgency: urgency, keepingFree: keepingFree) {
            $0.append(copying: payload)
        }
    }

    /// Stages a record that the caller writes straight into the log's buffer. Blocks on no I/O.
    ///
    /// - Parameters:
    ///   - byteCount: The most bytes the record can have; reserve closely, for a place that has no room for as many is
    ///     passed over.
    ///   - urgency: How soon it must be written and durable.
    ///   - keepingFree: As in ``append(_:urgency:keepingFree:)``.
    ///   - body: Appends the record's bytes; what it appended is the record. Called once, under the log's lock: it must
    ///     be short and must not call the log. Not called when this throws.
    /// - Returns: The record's ticket.
    /// - Throws: As ``append(_:urgency:keepingFree:)``.
    public func append(
        byteCount: Int, urgency: LogUrgency, keepingFree: Int = 0, _ body: (inout OutputRawSpan) -> Void
    ) throws(LogError) -> LogTicket {
        try queue.append(byteCount: byteCount, urgency: urgency, keepingFree: keepingFree, body)
    }

    /// Writes and syncs what is staged, ends the writer thread and gives the folder back. Blocks until that is done.
    ///
    /// Whether all became durable stands in ``progress``. Do not call it under a lock that `onCommit` takes, nor from
    /// `onCommit`. A second call does nothing.
    public func close() {
        queue.close()
        retries.isUnlimited = false
        let former = lifecycle.withLock { lifecycle in
            defer { lifecycle = .closed }
            return lifecycle
        }
        switch former {
        case .opened(let segment, _):
            var committer = Committer(
                segment: segment, queue: queue, preparer: preparer, catalog: catalog, lazyCommit: lazyCommit,
                onCommit: { _ in })
            committer.run()
            finishMaintenance()
        case .running(let writer, let thread, _):
            // Only when the last reference to the log goes in `onCommit`: a thread cannot wait for itself.
            if writer.isCurrent { writer.detach() } else { writer.join() }
            preparer.close()
            thread.join()
            finishMaintenance()
        case .closed: break
        }
        readers.closeAll()
    }

    /// Whether ``close()`` was called.
    var isClosed: Bool { lifecycle.withLock { if case .closed = $0 { true } else { false } } }

    /// Waits for a removal, compaction or copy that is under way; none begins after it.
    private func finishMaintenance() { maintenance.withLock { $0 = true } }
}
