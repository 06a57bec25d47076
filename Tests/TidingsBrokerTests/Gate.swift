import Dispatch
import Synchronization

/// Holds up the next thread that comes by, until it is told to let it go on.
final class Gate: Sendable {
    private let isHeld = Mutex(false)
    private let semaphore = DispatchSemaphore(value: 0)
    private let arrivals = AsyncStream<Void>.makeStream()

    /// Lets the next one wait until ``release()``.
    func hold() { isHeld.withLock { $0 = true } }

    /// Lets the one that waits go on.
    func release() { semaphore.signal() }

    /// Waits until someone is held up.
    func arrival() async { for await _ in arrivals.stream { return } }

    /// Called on the thread that may have to wait.
    func pass() {
        let mustWait = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        guard mustWait else { return }
        arrivals.continuation.yield()
        semaphore.wait()
    }
}
