import DequeModule
import Tidings
import TidingsLog

/// Who waits for a record of the log to be written or durable, and how far the log is.
struct CommitWaiters {
    /// What a record has reached when those who wait for it go on.
    enum Level {
        /// It survives the end of the process.
        case written
        /// It survives a power cut.
        case durable
    }

    typealias Continuation = CheckedContinuation<Void, any Error>

    /// By their records.
    private var durable: Deque<(ordinal: UInt64, continuation: Continuation)> = []
    private var written: Deque<(ordinal: UInt64, continuation: Continuation)> = []
    private var progress: (written: UInt64, synced: UInt64) = (0, 0)
    /// Whether staged records wait for room on the disk.
    private(set) var isStalled = false

    /// Whether a record has reached a level.
    func hasReached(_ ordinal: UInt64, _ level: Level) -> Bool {
        ordinal <= (level == .durable ? progress.synced : progress.written)
    }

    mutating func add(_ ordinal: UInt64, _ level: Level, _ continuation: Continuation) {
        switch level {
        case .durable: Self.insert((ordinal, continuation), into: &durable)
        case .written: Self.insert((ordinal, continuation), into: &written)
        }
    }

    /// Keeps the order of records. A new waiter is nearly always the last.
    private static func insert(
        _ waiter: (ordinal: UInt64, continuation: Continuation),
        into waiters: inout Deque<(ordinal: UInt64, continuation: Continuation)>
    ) {
        var index = waiters.count
        while index > 0, waiters[index - 1].ordinal > waiter.ordinal { index -= 1 }
        waiters.insert(waiter, at: index)
    }

    /// The log has advanced.
    /// - Returns: Those to resume once the lock is free.
    mutating func advance(to reached: LogProgress) -> [Continuation] {
        assert(progress.synced <= reached.synced && reached.synced <= reached.written, "a log only advances")
        progress = (reached.written, reached.synced)
        isStalled = reached.isStalled
        var resumed: [Continuation] = []
        while let first = durable.first, first.ordinal <= reached.synced {
            resumed.append(durable.removeFirst().continuation)
        }
        while let first = written.first, first.ordinal <= reached.written {
            resumed.append(written.removeFirst().continuation)
        }
        return resumed
    }

    /// Nobody waits any more.
    /// - Returns: Those who waited, to be resumed with an error once the lock is free.
    mutating func removeAll() -> [Continuation] {
        defer { (durable, written) = ([], []) }
        return (durable + written).map(\.continuation)
    }
}
