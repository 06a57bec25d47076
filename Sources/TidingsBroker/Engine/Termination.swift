import Synchronization
import Tidings

/// How a bus ended, for those who wait for its end. The first reason counts.
final class Termination: Sendable {
    private let outcome = Mutex<Outcome?>(nil)
    private let ended = Signal()

    private struct Outcome {
        /// Nil if the bus was closed.
        let failure: TidingsError?
    }

    /// The bus was closed, or has failed.
    func end(_ failure: TidingsError?) {
        outcome.withLock { $0 = $0 ?? Outcome(failure: failure) }
        ended.finish()
    }

    /// Waits for the end, or for the task to be canceled.
    /// - Returns: The failure; nil if the bus was closed, or the task canceled.
    func failure() async -> TidingsError? {
        do { try await ended.wait() } catch { return nil }
        return outcome.withLock { $0?.failure }
    }
}
