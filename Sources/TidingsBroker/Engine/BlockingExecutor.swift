import DequeModule
import Dispatch
import Synchronization
import Tidings

/// Runs what waits for the disk, in order of submission, on a few threads of its own.
///
/// On Linux, Swift's tasks run on the threads of the global dispatch queues, so a file operation there keeps a task from
/// running. A serial queue has a thread besides those.
final class BlockingExecutor: Sendable {
    private static let threadLimit = 4

    private struct State {
        var jobs: Deque<@Sendable () -> Void> = []
        /// The queues that have nothing to do.
        var idle = (1...threadLimit).map { DispatchQueue(label: "tidings.blocking.\($0)") }
    }

    private let state = Mutex(State())

    /// Runs a job when a thread is free, after those that were submitted before.
    func submit(_ job: @escaping @Sendable () -> Void) {
        let idle = state.withLock { state in
            state.jobs.append(job)
            return state.idle.popLast()
        }
        guard let queue = idle else { return }
        queue.async {
            while let job = self.nextJob(for: queue) { job() }
        }
    }

    /// The next job; nil if there is none, and the queue is idle from now on.
    private func nextJob(for queue: DispatchQueue) -> (@Sendable () -> Void)? {
        state.withLock { state in
            if let job = state.jobs.popFirst() { return job }
            state.idle.append(queue)
            return nil
        }
    }

    /// Runs a body and returns its result.
    /// - Throws: What the body throws, as a `TidingsError`.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Swift.Result { try TidingsError.translating(body) }) }
        }
    }
}
