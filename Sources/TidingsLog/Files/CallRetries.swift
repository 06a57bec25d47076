import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Makes calls again that failed for want of a descriptor or memory, and knows whether one waits.
///
/// The thread of the call waits: it tries again at once, then after 1 ms, and twice as long each time, up to 100 ms.
package final class CallRetries: Sendable {
    private struct State {
        var isUnlimited = false
        var waiting = 0
        var failure: FileError?
    }

    private let limit: Duration
    private let state = Mutex(State())

    /// - Parameter limit: How long a call is made again, unless calls may wait for as long as it takes.
    package init(limit: Duration = .seconds(10)) {
        self.limit = limit
    }

    /// What a call waits for now, if one does.
    package var shortage: FileError? { state.withLock { $0.waiting > 0 ? $0.failure : nil } }

    /// Whether calls are made again for as long as it takes: what was promised must not be lost because another part of
    /// the process has used up what there is. Otherwise each gives up after the limit, as while a log is opened or closed.
    package var isUnlimited: Bool {
        get { state.withLock(\.isUnlimited) }
        set { state.withLock { $0.isUnlimited = newValue } }
    }

    /// Makes a call until it works, or fails for a reason that does not pass by itself.
    ///
    /// - Parameter isSync: Whether the call makes something durable, which leaves fewer reasons to try again.
    func repeating<Result>(
        isSync: Bool = false, _ call: () throws(FileError) -> Result
    ) throws(FileError) -> Result {
        var attempts = Attempts(self, isSync: isSync)
        while true {
            do throws(FileError) {
                let result = try call()
                attempts.end()
                return result
            } catch {
                try attempts.wait(after: error)
            }
        }
    }

    /// The attempts at one call, for calls that no closure can make.
    struct Attempts {
        private let retries: CallRetries
        private let isSync: Bool
        private var isWaiting = false
        private var pause = Duration.zero
        private var waited = Duration.zero

        init(_ retries: CallRetries, isSync: Bool = false) {
            self.retries = retries
            self.isSync = isSync
        }

        /// Waits until it is time for another attempt.
        /// - Throws: the error if another attempt would not help, or it took too long.
        mutating func wait(after error: FileError) throws(FileError) {
            guard error.mayPass(isSync: isSync), retries.note(error, isWaiting: isWaiting, waited: waited) else {
                end()
                throw error
            }
            isWaiting = true
            if pause > .zero { usleep(UInt32(pause.components.attoseconds / 1_000_000_000_000)) }
            waited += pause
            pause = min(max(pause * 2, .milliseconds(1)), .milliseconds(100))
        }

        /// The call has worked, or is given up.
        mutating func end() {
            if isWaiting { retries.leave() }
            isWaiting = false
        }
    }

    private func note(_ error: FileError, isWaiting: Bool, waited: Duration) -> Bool {
        state.withLock { state in
            if !state.isUnlimited, waited >= limit { return false }
            if !isWaiting { state.waiting += 1 }
            state.failure = error
            return true
        }
    }

    private func leave() { state.withLock { $0.waiting -= 1 } }
}
