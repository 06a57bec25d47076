/// The one who writes: takes what was staged, writes it, syncs it when someone waits for that, says how far it came.
///
/// It lives on the writer thread alone and owns the last segment's file and, through the lock, the folder.
struct Committer: ~Copyable {
    private let queue: CommitQueue
    private let folder: SegmentFolder
    private let lazyCommit: Duration
    private let onCommit: (LogProgress) -> Void
    private var segment: OpenSegment
    private var group = Group(capacity: Staging.usualCapacity)
    private var deadline: Deadline?

    init(
        segment: OpenSegment, queue: CommitQueue, folder: SegmentFolder, lazyCommit: Duration,
        onCommit: @escaping (LogProgress) -> Void
    ) {
        self.segment = segment
        self.queue = queue
        self.folder = folder
        self.lazyCommit = lazyCommit
        self.onCommit = onCommit
    }

    /// Works until the log is closed or a call fails, which is never tried again.
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
        }
        return true
    }

    private mutating func write() throws(LogError) {
        for run in group.runs {
            if run.segment != segment.number {
                try segment.synchronize()
                segment = try OpenSegment(
                    file: folder.create(SegmentHeader(number: run.segment, segmentBytes: run.segmentBytes)),
                    tail: Tail(segment: run.segment, offset: run.offset, segmentBytes: run.segmentBytes))
            }
            group.complete(run, durable: segment.synced)
            try segment.write(group.bytes, run.range)
        }
        deadline = deadline ?? Deadline(after: lazyCommit)
        let progress = queue.advance(
            written: group.ordinal, end: LogPosition(segment: segment.number, offset: segment.written))
        if group.urgency == .write { onCommit(progress) }
    }

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
