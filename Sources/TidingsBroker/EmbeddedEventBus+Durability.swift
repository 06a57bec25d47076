import Synchronization
import Tidings
import TidingsLog

extension EmbeddedEventBus {
    /// Waits for a record to be durable, or only written.
    func wait(for ticket: LogTicket, untilSynced: Bool) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            do {
                let waits = try state.withLock { try $0.wait(for: ticket, untilSynced: untilSynced, continuation) }
                if !waits { continuation.resume() }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Called on the log's thread.
    func advance(to progress: LogProgress) {
        let news = state.withLock { $0.advance(to: progress) }
        for (continuation, firstSequence) in news.published { continuation.resume(returning: firstSequence) }
        for continuation in news.reached { continuation.resume() }
        for signal in news.signals { signal.signal() }
        guard let failure = progress.failure.map(TidingsError.init) else { return }
        stop(because: failure)
        ending.fail(failure)
    }

    /// Everyone who waits is told that nothing works any more.
    func stop(because reason: TidingsError) {
        let (publishers, waiters) = state.withLock { ($0.stop(because: reason), $0.takeWaiters()) }
        for publisher in publishers { publisher.resume(throwing: reason) }
        for waiter in waiters { waiter.resume(throwing: reason) }
    }

    /// Lets what the log says be thrown in the words of the bus.
    func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw TidingsError(bus: error)
        }
    }
}
