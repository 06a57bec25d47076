import Synchronization
import Tidings

/// How a bus ended, for those who wait for its end. The first reason counts.
final class Termination: Sendable {
    private enum Outcome {
        case closed
        case failed(TidingsError)

        var failure: TidingsError? {
            switch self {
            case .closed: nil
            case .failed(let failure): failure
            }
        }
    }

    private struct State {
        var outcome: Outcome?
        var nextID: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<TidingsError?, Never>] = [:]
    }

    private let state = Mutex(State())

    /// The bus was closed.
    func close() { end(.closed) }

    /// The bus failed.
    func fail(_ failure: TidingsError) { end(.failed(failure)) }

    private func end(_ outcome: Outcome) {
        let waiters = state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: outcome.failure) }
    }

    /// Waits for the end, or for the task to be canceled.
    /// - Returns: The failure; nil if the bus was closed, or the task canceled.
    func failure() async -> TidingsError? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: TidingsError?? = state.withLock { state in
                    if let outcome = state.outcome { return .some(outcome.failure) }
                    if Task.isCancelled { return .some(nil) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume(returning: nil)
        }
    }
}
