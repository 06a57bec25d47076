import DequeModule
import Synchronization
import Tidings
import TidingsLog

/// Runs what waits for the disk or scans the log, in order of submission, on a few threads of its own.
///
/// On Linux, Swift's tasks run on the threads of the global dispatch queues, and what blocks or works for long on any
/// dispatch queue can keep a task from beginning. These threads belong to no queue.
final class BlockingExecutor: Sendable {
    /// What a job does to those that wait behind it.
    enum Work {
        /// Somebody waits for it, and it is soon done.
        case job
        /// A slice of work that takes the processor for long. Each submits the next, so that those who have slices take
        /// turns. Half of the processors are left to everyone else.
        case slices
    }

    private let line: JobLine

    /// - Throws: `LogError` if the operating system refuses to start a thread.
    init() throws(LogError) {
        line = JobLine()
        try line.startThread()
    }

    // The threads hold the line, not this.
    deinit { line.close() }

    /// Runs a job when a thread is free, after those that were submitted before.
    func submit(_ work: Work = .job, _ job: @escaping @Sendable () -> Void) { line.add(work, job) }

    /// Runs a body and returns its result.
    /// - Throws: What the body throws, as a `TidingsError`.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Swift.Result { try TidingsError.translating(body) }) }
        }
    }
}
