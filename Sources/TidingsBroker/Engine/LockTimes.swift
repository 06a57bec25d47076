import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How long the lock of the engine was held, each time: for a benchmark. Costs nothing while nobody measures.
package final class LockTimes: Sendable {
    /// How long it was held once.
    package struct Held: Sendable {
        package let time: Duration
        /// Without what other threads and processes had of the processor meanwhile.
        package let processorTime: Duration
    }

    /// When it was taken.
    struct Start {
        fileprivate let time = LockTimes.read(CLOCK_MONOTONIC)
        fileprivate let processorTime = LockTimes.read(CLOCK_THREAD_CPUTIME_ID)
    }

    private let isOn = Atomic(false)
    private let times = Mutex<[Held]>([])

    var isMeasuring: Bool { isOn.load(ordering: .relaxed) }

    func note(since start: Start) {
        let end = Start()
        let held = Held(time: end.time - start.time, processorTime: end.processorTime - start.processorTime)
        times.withLock { $0.append(held) }
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Begins to note how long the lock is held.
    package func begin() { isOn.store(true, ordering: .relaxed) }

    /// Ends it, and returns what was noted, in no particular order.
    package func end() -> [Held] {
        isOn.store(false, ordering: .relaxed)
        return times.withLock { times in
            defer { times = [] }
            return times
        }
    }
}
