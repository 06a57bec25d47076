/// The writer: takes what was staged, writes it, syncs it if somebody waits for that, and reports the progress.
///
/// It is used on the writer's thread alone. It owns the last segment's file and, through the lock, the folder.
struct Committer: ~Copyable {
    private let queue: CommitQueue
    private let preparer: SegmentPreparer
    private let catalog: SegmentCatalog
    private let lazyCommit: Duration
    private let onCommit: (LogProgress) -> Void
    private var segment: OpenSegment
    private var group = Group(capacity: Staging.usualCapacity)
    private var deadline: Deadline?

    init(
        segment: OpenSegment, queue: CommitQueue, preparer: SegmentPreparer, catalog: SegmentCatalog,
        lazyCommit: Duration, onCommit: @escaping (LogProgress) -> Void
    ) {
        self.segment = segment
        self.queue = queue
        self.preparer = preparer
        self.catalog = catalog
        self.lazyCommit = lazyCommit
        self.onCommit = onCommit
    }

    /// Runs until the log is closed or a call fails, which is never tried again.
    mutating func run() {
        do {
            while try step() {}
        } catch {
            onCommit(queue.stop(error))
        }
    }

    private mutating func step() throws(LogError) -> Bool {
        switch queue.next(&group, isDue: deadline?.hasPassed ?? false, hasUnsynced: segment.hasUnsynced) {
        case .write(let mustSynchronize):
            try write()
            if mustSynchronize || group.urgency == .sync { try synchronize() }
            shrinkBuffer()
        case .synchronize:
            try synchronize()
        case .wait(untilDeadline: true):
            deadline = deadline ?? Deadline(after: lazyCommit)
            queue.wait(until: deadline)
        case .wait(untilDeadline: false):
            queue.wait(until: nil)
        case .finish:
            try segment.writeLastMarker()
            return false
        case .stop(let failure):
            throw failure
        }
        return true
    }

    private mutating func write() throws(LogError) {
        var ordinal = group.runs.first?.ordinal ?? 0
        for run in group.runs {
            if run.segment != segment.number { try enter(run, written: ordinal) }
            ordinal = run.ordinal
            group.complete(run, durable: segment.synced)
            try segment.write(group.bytes, run.range)
        }
        deadline = deadline ?? Deadline(after: lazyCommit)
        let progress = queue.advance(written: group.ordinal, end: end)
        if group.urgency == .write { onCommit(progress) }
    }

    /// Goes on to the next segment, once the one before is durable with its seal.
    ///
    /// Records that were staged before anyone knew that there is no room for the segment wait here until there is.
    /// Nothing failed that must not be tried again, and those before them become durable meanwhile.
    private mutating func enter(_ run: Group.Run, written ordinal: UInt64) throws(LogError) {
        try segment.synchronize()
        var file = try preparer.take(run.segment, segmentBytes: run.segmentBytes)
        if file == nil {
            _ = queue.advance(written: ordinal, end: end)
            var progress = queue.advanceSynced()
            progress.isStalled = true
            onCommit(progress)
        }
        while file == nil {
            guard queue.waitForRoom() else { throw queue.shortage ?? .closed }
            file = try preparer.take(run.segment, segmentBytes: run.segmentBytes)
        }
        guard let file else { return }
        segment = OpenSegment(
            file: file, tail: Tail(segment: run.segment, offset: run.offset, segmentBytes: run.segmentBytes))
        catalog.enter(run.segment)
    }

    private var end: LogPosition { LogPosition(segment: segment.number, offset: segment.written) }

    private mutating func synchronize() throws(LogError) {
        try segment.synchronize()
        deadline = nil
        onCommit(queue.advanceSynced())
    }

    /// Gives back what a burst had made the buffer grow to.
    private mutating func shrinkBuffer() {
        let used = group.runs.last?.range.upperBound ?? 0
        if group.bytes.count > 8 * Staging.usualCapacity, used < group.bytes.count / 4 {
            group.bytes = ContiguousArray(repeating: 0, count: Staging.usualCapacity)
        }
    }
}
