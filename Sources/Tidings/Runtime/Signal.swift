import DequeModule
import Synchronization

/// Wakes one waiting task; a signal that nobody waits for is kept until somebody does, and kept once only.
package final class Signal: Sendable {
    private struct State {
        var isPending = false
        var nextID: UInt64 = 0
        var waiters: Deque<(id: UInt64, continuation: CheckedContinuation<Bool, Never>)> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Wakes the task that has waited longest, or the next one to wait.
    package func signal() {
        let waiter = state.withLock { state in
            if let waiter = state.waiters.popFirst() { return Optional(waiter) }
            state.isPending = true
            return nil
        }
        waiter?.continuation.resume(returning: true)
    }

    /// Waits for a signal.
    /// - Throws: `CancellationError` when the task is cancelled first.
    package func wait() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let signalled = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isPending {
                        state.isPending = false
                        return true
                    }
                    if Task.isCancelled { return false }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
        if !signalled { throw CancellationError() }
    }

    /// Waits for a signal, at most for `duration`.
    package func wait(atMost duration: Duration, on time: any TimeSource) async throws {
        if duration <= .zero { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.wait() }
            group.addTask { try await time.sleep(for: duration) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
