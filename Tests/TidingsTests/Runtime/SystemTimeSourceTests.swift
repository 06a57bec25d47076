import Synchronization
import Testing
import Tidings

struct SystemTimeSourceTests {
    @Test(arguments: [Duration.seconds(3600), .milliseconds(7001), .milliseconds(5), .zero, .seconds(-1)])
    func `a long sleep is made of short ones, so that little is left of those that are cancelled`(
        duration: Duration
    ) async throws {
        let clock = SleeplessClock()
        try await SystemTimeSource.sleep(for: duration, on: clock)
        let sleeps = clock.sleeps
        #expect(sleeps.allSatisfy { $0 <= SystemTimeSource.longestSleep })
        #expect(sleeps.reduce(.zero, +) == duration)
    }

    @Test func `a sleep that is cancelled ends at once`() async throws {
        let sleeping = Task { try await SystemTimeSource().sleep(for: .seconds(3600)) }
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
    }
}

/// A clock on which whoever sleeps lets the time pass.
private final class SleeplessClock: Clock {
    struct Instant: InstantProtocol {
        var time: Duration
        func advanced(by duration: Duration) -> Instant { Instant(time: time + duration) }
        func duration(to other: Instant) -> Duration { other.time - time }
        static func < (one: Instant, other: Instant) -> Bool { one.time < other.time }
    }

    private let state = Mutex<[Duration]>([])

    /// How long each sleep was.
    var sleeps: [Duration] { state.withLock { $0 } }
    var now: Instant { Instant(time: sleeps.reduce(.zero, +)) }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) {
        let duration = now.duration(to: deadline)
        state.withLock { $0.append(duration) }
    }
}
