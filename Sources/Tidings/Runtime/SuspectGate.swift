import DequeModule
import Synchronization

/// Lets what may kill the process run while nothing else is handled in it, so that nothing else is blamed.
///
/// All that handles events, time-outs or effects in a process passes through one gate. Whoever wants to be alone goes
/// before those that come later, and waits for those that are inside.
package final class SuspectGate: Sendable {
    private struct State {
        var inside = 0
        var isAlone = false
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
        var waitingAlone: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Runs a body beside others.
    package func pass<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        await enter()
        defer { leave() }
        return try await body()
    }

    /// Runs a body while no other runs.
    package func alone<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        await enterAlone()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard !state.isAlone, state.waitingAlone.isEmpty else {
                    state.waiting.append(continuation)
                    return false
                }
                state.inside += 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    private func enterAlone() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.inside == 0 else {
                    state.waitingAlone.append(continuation)
                    return false
                }
                (state.inside, state.isAlone) = (1, true)
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// The next ones enter: one that wants to be alone once all have left, or all others that wait.
    private func leave() {
        let next = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            assert(state.inside > 0, "who leaves has entered")
            let wasAlone = state.isAlone
            state.inside -= 1
            state.isAlone = false
            guard state.inside == 0 else { return [] }
            // In turn, so that neither kind waits for ever.
            if !state.waitingAlone.isEmpty, !wasAlone || state.waiting.isEmpty {
                (state.inside, state.isAlone) = (1, true)
                return [state.waitingAlone.removeFirst()]
            }
            defer { state.waiting = [] }
            state.inside = state.waiting.count
            return Array(state.waiting)
        }
        for waiter in next { waiter.resume() }
    }
}
