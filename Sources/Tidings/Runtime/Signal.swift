import DequeModule
import Synchronization

/// Wakes one waiting task; a signal that nobody waits for is kept until somebody does, and kept once only.
package final class Signal: Sendable {
    private struct State {
        var isPending = false
        var isFinished = false
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

    /// Wakes every task that waits, so that each looks again, and keeps the signal for the next one.
    package func signalAll() {
        wakeAll { $0.isPending = true }
    }

    /// Wakes every task that waits; nobody waits from now on.
    package func finish() {
        wakeAll { $0.isFinished = true }
    }

    /// Waits for a signal, or for a membership to end, if its end is followed by ``signalAll()``.
    /// - Throws: `CancellationError` when the task is cancelled first; the signal is then left to others.
    package func wait(while membership: Membership? = nil) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let signalled = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isFinished || membership?.isOver == true { return true }
                    if Task.isCancelled { return false }
                    if state.isPending {
                        state.isPending = false
                        return true
                    }
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

    /// Waits for a signal, until a moment at most.
    package func wait(
        until moment: Timestamp, on time: any TimeSource, while membership: Membership? = nil
    ) async throws {
        if moment <= time.now() { return }
        try await wait(while: membership) { try await time.sleep(until: moment) }
    }

    /// Waits for a signal, until so much uptime at most.
    package func wait(
        untilUptime uptime: Duration, on time: any TimeSource, while membership: Membership? = nil
    ) async throws {
        if uptime <= time.uptime() { return }
        try await wait(while: membership) { try await time.sleep(untilUptime: uptime) }
    }

    private func wait(
        while membership: Membership?, atMost sleep: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.wait(while: membership)
                return true
            }
            group.addTask {
                try await sleep()
                return false
            }
            defer { group.cancelAll() }
            do {
                _ = try await group.next()
            } catch {
                // Cancelled in the moment in which a signal came: it is for somebody else.
                group.cancelAll()
                while let outcome = await group.nextResult() {
                    if case .success(true) = outcome { self.signal() }
                }
                throw error
            }
        }
    }

    private func wakeAll(_ mark: (inout sending State) -> Void) {
        let waiters = state.withLock { state in
            mark(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: true) }
    }
}
