import Synchronization

/// Where the platform reads time and waits: the machine's clock in a program, a manual clock in a test.
public protocol TimeSource: Sendable {
    /// The moment now.
    func now() -> Timestamp

    /// How much time has passed since some moment that stays the same, by a clock that nobody sets; for measuring how long
    /// something lasts. The default goes by ``now()``.
    func uptime() -> Duration

    /// Returns once `duration` has passed; at once when it is not positive.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(for duration: Duration) async throws

    /// Returns once a moment has come; at once when it has.
    ///
    /// The default sleeps for what is left of it. A clock that others move does better: it must not move between the
    /// reading and the sleeping.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(until moment: Timestamp) async throws

    /// Returns once ``uptime()`` has come so far; at once when it has.
    ///
    /// The default sleeps for what is left of it; a clock that others move does better, as above.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(untilUptime uptime: Duration) async throws
}

extension TimeSource {
    /// The time by ``now()``: right for clocks that never jump.
    public func uptime() -> Duration { .microseconds(now().microseconds) }

    /// Sleeps for what is left of it by ``now()``.
    public func sleep(until moment: Timestamp) async throws {
        try await sleep(for: moment - now())
    }

    /// Sleeps for what is left of it by ``uptime()``.
    public func sleep(untilUptime uptime: Duration) async throws {
        try await sleep(for: uptime - self.uptime())
    }

    /// Runs a body, and cancels it if it takes longer than it may. A body that does not end then is waited for no longer
    /// than a second; it goes on by itself, and what it returns is lost.
    /// - Parameters:
    ///   - timeout: the limit; `nil` for none.
    ///   - error: what is thrown at the limit.
    package func withTimeout<Result: Sendable>(
        _ timeout: Duration?, throwing error: @autoclosure @escaping @Sendable () -> TidingsError,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let timeout else { return try await body() }
        let race = Race<Result>()
        let work = Task { race.finish(await Swift.Result { try await body() }) }
        let limit = Task {
            try await sleep(for: timeout)
            race.expire(with: error())
            work.cancel()
            try await sleep(for: .seconds(1))
            race.finish(.failure(error()))
        }
        defer { limit.cancel() }
        return try await withTaskCancellationHandler {
            try await race.outcome()
        } onCancel: {
            work.cancel()
        }
    }
}

/// What ends first: a body, or the time that it has.
private final class Race<Value: Sendable>: Sendable {
    private struct State {
        var outcome: Result<Value, any Error>?
        /// What a body that was cancelled because of its limit has failed with.
        var expiry: (any Error)?
        var waiter: CheckedContinuation<Value, any Error>?
    }

    private let state = Mutex(State())

    /// What a body has done in spite of its cancellation is done, and what it says of it counts.
    func finish(_ outcome: Result<Value, any Error>) {
        let (waiter, outcome) = state.withLock { state in
            if state.outcome == nil {
                if case .failure(let error) = outcome, error is CancellationError, let expiry = state.expiry {
                    state.outcome = .failure(expiry)
                } else {
                    state.outcome = outcome
                }
            }
            defer { state.waiter = nil }
            return (state.waiter, state.outcome)
        }
        if let outcome { waiter?.resume(with: outcome) }
    }

    func expire(with error: any Error) { state.withLock { $0.expiry = error } }

    func outcome() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// The machine's clocks: the wall clock for moments, a monotonic one for waiting.
public struct SystemTimeSource: TimeSource {
    /// Makes a source that reads the machine's clock.
    public init() {}

    /// The present moment by the wall clock, which may be set forward or back.
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// How long the machine has run.
    public func uptime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Returns once `duration` has passed, by a clock that nobody can set.
    /// - Throws: `CancellationError` if the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        // A hundred years are as good as for ever, of which `Task` makes a crash.
        try await Self.sleep(for: min(duration, .seconds(36_500 * 86_400)), on: ContinuousClock())
    }

    /// The longest that a task sleeps at once.
    package static let longestSleep = Duration.seconds(5)

    /// Sleeps in pieces. The system keeps the timer of a sleep that is cancelled until the sleep would have ended: those of
    /// consumers that are woken a thousand times a second, each out of a wait of hours, would fill the memory.
    package static func sleep<C: Clock<Duration>>(for duration: Duration, on clock: C) async throws {
        let end = clock.now.advanced(by: duration)
        repeat {
            try await clock.sleep(until: min(end, clock.now.advanced(by: longestSleep)), tolerance: nil)
        } while clock.now < end
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
