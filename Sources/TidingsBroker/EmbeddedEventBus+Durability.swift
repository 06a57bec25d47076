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
        for publish in news.published { publish.continuation?.resume(returning: publish.published) }
        for continuation in news.reached { continuation.resume() }
        for signal in news.signals { signal.signal() }
        for publisher in news.stranded { publisher.resume(throwing: TidingsError.diskFull) }
        if progress.isStalled {
            for waiter in state.withLock({ $0.takeWaiters() }) { waiter.resume(throwing: TidingsError.diskFull) }
            upkeep.lookForRoom(for: self, at: environment.now())
        }
        upkeep.note(log.end, for: self)
        upkeep.lookForAge(of: self, at: environment.now())
        guard let failure = progress.failure.map(TidingsError.init) else { return }
        fail(failure)
    }

    /// Nothing works any more, and whoever waits for that learns why.
    func fail(_ failure: TidingsError) {
        stop(because: failure)
        ending.fail(failure)
    }

    /// Everyone who waits is told that nothing works any more.
    func stop(because reason: TidingsError) {
        let (publishers, waiters) = state.withLock { ($0.stop(because: reason), $0.takeWaiters()) }
        for publisher in publishers { publisher.continuation?.resume(throwing: reason) }
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
