import DequeModule
import Synchronization
import Tidings

/// Lets one task at a time at checkpoints, old segments and indexes, in the order in which they ask.
final class ExclusiveAccess: Sendable {
    private struct State {
        var isTaken = false
        var isClosed = false
        var waiters: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state = Mutex(State())

    /// Waits for those before it, and runs a body.
    /// - Throws: `TidingsError` with code `closed` once the access is closed; what `body` throws.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        await enter()
        defer { leave() }
        if state.withLock({ $0.isClosed }) { throw TidingsError(.closed, "the bus was closed") }
        return try await body()
    }

    /// Waits for those before it, closes the access, and runs a last body.
    func close(_ body: () async -> Void) async {
        await enter()
        state.withLock { $0.isClosed = true }
        await body()
        leave()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiters.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state in
            if state.waiters.isEmpty { state.isTaken = false }
            return state.waiters.popFirst()
        }
        next?.resume()
    }
}
