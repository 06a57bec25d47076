import Synchronization

/// A segmented, append-only log of opaque records in a folder of its own.
///
/// Records are staged in memory by ``append(_:urgency:)`` from any thread and written by one thread in groups: what
/// arrives while one group is being synced goes into the next, so that many appends share one sync.
///
/// **Durability.** A record is durable once ``LogProgress/synced`` has reached its ticket's ordinal; it then survives
/// the end of the process and a power cut. After a restart the log holds every durable record, in the order of
/// appends, and perhaps some later ones, never with a gap before them.
///
/// **Failure.** A write or sync that fails is never tried again as if it had worked: the log stops, says why in its
/// progress, and takes nothing more until it is opened again. A full disk stops it as well, with the code
/// ``LogError/Code/full``.
///
/// **One folder, one process.** An open log holds an exclusive lock on its folder.
public final class Log: Sendable {
    private let folder: SegmentFolder
    private let queue: CommitQueue
    private let readers: SegmentReaders
    private let lazyCommit: Duration
    private let lifecycle: Mutex<Lifecycle>

    /// Before, while and after the writer has the folder.
    private enum Lifecycle {
        case opened(OpenSegment, lock: any LogFile)
        case running(WriterThread, lock: any LogFile)
        case closed
    }

    init(_ folder: SegmentFolder, _ segment: OpenSegment, _ tail: Tail, _ options: LogOptions, lock: any LogFile) {
        self.folder = folder
        queue = CommitQueue(tail: tail, options: options)
        readers = SegmentReaders(folder: folder)
        lazyCommit = options.lazyCommit
        lifecycle = Mutex(.opened(segment, lock: lock))
    }

    deinit { close() }

    /// How far the log has come.
    public var progress: LogProgress { queue.progress }

    /// Starts the writer thread. Records appended before stay in memory until then. Only the first call counts.
    ///
    /// - Parameter onCommit: Called on the writer thread, never under a lock of the log, each time more became durable,
    ///   after each group whose greatest urgency was ``LogUrgency/write``, and once when the log stops. The writer does
    ///   not go on until it returns, so it should only wake those who wait. It must not call ``close()``.
    public func start(onCommit: @escaping @Sendable (LogProgress) -> Void) {
        let failure = lifecycle.withLock { lifecycle -> LogError? in
            guard case .opened(let segment, let lock) = lifecycle else { return nil }
            do throws(LogError) {
                let thread = try WriterThread { [queue, folder, lazyCommit] in
                    // The thread keeps the folder locked even when it outlives the log.
                    withExtendedLifetime(lock) {
                        var committer = Committer(
                            segment: segment, queue: queue, folder: folder, lazyCommit: lazyCommit, onCommit: onCommit)
                        committer.run()
                    }
                }
                lifecycle = .running(thread, lock: lock)
                return nil
            } catch {
                return error
            }
        }
        if let failure { onCommit(queue.stop(failure)) }
    }

    /// Stages a record and gives it its place in the order. Blocks on no I/O.
    ///
    /// Safe to call from any thread and under any lock that `onCommit` does not hold while it waits for this one.
    ///
    /// - Parameters:
    ///   - payload: The record, which is copied.
    ///   - urgency: How soon it must be written and durable.
    /// - Returns: The record's ticket.
    /// - Throws: ``LogError/Code/overloaded`` when too much waits for the disk: try again later.
    ///   ``LogError/Code/tooLarge``, ``LogError/Code/stopped`` and ``LogError/Code/closed``: trying again does not help.
    ///   The record was not taken in any of these cases.
    public func append(_ payload: RawSpan, urgency: LogUrgency) throws(LogError) -> LogTicket {
        try queue.append(byteCount: payload.byteCount, urgency: urgency) { $0.append(copying: payload) }
    }

    /// Stages a record that the caller writes straight into the log's buffer. Blocks on no I/O.
    ///
    /// - Parameters:
    ///   - byteCount: The most bytes the record can have; reserve closely, for a place that has no room for as many is
    ///     passed over.
    ///   - urgency: How soon it must be written and durable.
    ///   - body: Appends the record's bytes; what it appended is the record. Called once, under the log's lock: it must
    ///     be short and must not call the log. Not called when this throws.
    /// - Returns: The record's ticket.
    /// - Throws: As ``append(_:urgency:)``.
    public func append(
        byteCount: Int, urgency: LogUrgency, _ body: (inout OutputRawSpan) -> Void
    ) throws(LogError) -> LogTicket {
        try queue.append(byteCount: byteCount, urgency: urgency, body)
    }

    /// Reads the record that stands at a position, with its checksum verified. Blocks on the disk.
    ///
    /// - Parameter position: A position that a ticket or the replay gave, of a record that is written. Records that are
    ///   only staged cannot be read yet; one that is durable always can.
    /// - Returns: The payload.
    /// - Throws: ``LogError/Code/notFound`` when no written record stands there, ``LogError/Code/corrupt`` when the bytes
    ///   are not those that were written, ``LogError/Code/io`` when the disk cannot be read, ``LogError/Code/closed``.
    public func read(at position: LogPosition) throws(LogError) -> [UInt8] {
        if lifecycle.withLock({ if case .closed = $0 { true } else { false } }) { throw .closed }
        guard position.offset >= SegmentHeader.byteCount, position.offset % UInt32(Frame.alignment) == 0,
            queue.isWritten(position)
        else { throw .notFound(position) }
        return try readers.read(position)
    }

    /// Writes and syncs what is staged, ends the writer thread and gives the folder back. Blocks until that is done.
    ///
    /// Whether all became durable stands in ``progress``. Do not call it under a lock that `onCommit` takes, nor from
    /// `onCommit`. A second call does nothing.
    public func close() {
        queue.close()
        let former = lifecycle.withLock { lifecycle in
            defer { lifecycle = .closed }
            return lifecycle
        }
        switch former {
        case .opened(let segment, _):
            var committer = Committer(
                segment: segment, queue: queue, folder: folder, lazyCommit: lazyCommit, onCommit: { _ in })
            committer.run()
        case .running(let thread, _):
            // Only when the last reference to the log goes in `onCommit`: a thread cannot wait for itself.
            if thread.isCurrent { thread.detach() } else { thread.join() }
        case .closed: break
        }
        readers.closeAll()
    }
}
