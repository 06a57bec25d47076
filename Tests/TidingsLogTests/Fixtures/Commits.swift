import Synchronization
import TidingsLog

/// Lets a test wait for the progress of a log.
final class Commits: Sendable {
    private struct Waiter {
        let isMet: @Sendable (LogProgress) -> Bool
        let continuation: CheckedContinuation<LogProgress, Never>
    }

    private let state = Mutex<(last: LogProgress?, waiters: [Waiter])>((last: nil, waiters: []))

    func report(_ progress: LogProgress) {
        let met = state.withLock { state in
            state.last = progress
            let met = state.waiters.filter { $0.isMet(progress) }
            state.waiters.removeAll { $0.isMet(progress) }
            return met
        }
        for waiter in met { waiter.continuation.resume(returning: progress) }
    }

    /// The first progress that was reported and meets the condition, or the last one, if that does.
    @discardableResult
    func first(where isMet: @escaping @Sendable (LogProgress) -> Bool) async -> LogProgress {
        await withCheckedContinuation { continuation in
            let last = state.withLock { state -> LogProgress? in
                if let last = state.last, isMet(last) { return last }
                state.waiters.append(Waiter(isMet: isMet, continuation: continuation))
                return nil
            }
            if let last { continuation.resume(returning: last) }
        }
    }

    func synced(_ ticket: LogTicket) async { await first { $0.covers(ticket) || $0.failure != nil } }

    func written(_ ticket: LogTicket) async {
        await first { $0.written >= ticket.ordinal || $0.failure != nil }
    }
}
