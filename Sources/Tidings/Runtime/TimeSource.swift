/// Where the platform reads time and waits: the machine's clock in a program, a manual clock in a test.
public protocol TimeSource: Sendable {
    /// The moment now.
    func now() -> Timestamp

    /// Returns once `duration` has passed; at once when it is not positive.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(for duration: Duration) async throws

    /// Returns once a moment has come; at once when it has.
    ///
    /// The default sleeps for what is left of it. A clock that others move does better: it must not move between the
    /// reading and the sleeping.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(until moment: Timestamp) async throws
}

extension TimeSource {
    /// Sleeps for what is left of it by ``now()``.
    public func sleep(until moment: Timestamp) async throws {
        try await sleep(for: moment - now())
    }

    /// Runs a body, and cancels it if it takes longer than it may.
    /// - Parameters:
    ///   - timeout: the limit; `nil` for none.
    ///   - error: what is thrown at the limit.
    package func withTimeout<Result: Sendable>(
        _ timeout: Duration?, throwing error: @autoclosure @escaping @Sendable () -> TidingsError,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let timeout else { return try await body() }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await sleep(for: timeout)
                return nil
            }
            let first = await group.nextResult()
            group.cancelAll()
            if case .success(let result?) = first { return result }
            if case .failure(let failure) = first { throw failure }
            // What a body has done in spite of its cancellation is done, and what it says of it counts.
            while let other = await group.nextResult() {
                if case .success(let result?) = other { return result }
                if case .failure(let failure) = other, !(failure is CancellationError) { throw failure }
            }
            throw error()
        }
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

    /// Returns once `duration` has passed, by a clock that nobody can set.
    /// - Throws: `CancellationError` if the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
