import Testing
import Tidings
import TidingsTesting

/// A time that is cancelled in the moment in which a signal comes.
private struct InterruptedTime: TimeSource {
    let signal: Signal

    func now() -> Timestamp { Timestamp(microseconds: 0) }

    func sleep(for duration: Duration) async throws {}

    func sleep(until moment: Timestamp) async throws {
        for _ in 0..<20 { await Task.yield() }
        signal.signal()
        throw CancellationError()
    }
}

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
    @Test func `a timed wait that ends with a cancellation leaves the signal that came to others`() async throws {
        for _ in 0..<200 {
            let signal = Signal()
            do {
                try await signal.wait(until: Timestamp(seconds: 1), on: InterruptedTime(signal: signal))
            } catch {
                // It has not had the signal, so it is there.
                try await signal.wait()
            }
        }
    }

    @Test func `a signal that nobody waits for is kept, once only`() async throws {
        let signal = Signal()
        let clock = ManualClock()
        signal.signal()
        signal.signal()
        try await signal.wait()
        let second = Task { try await signal.wait(until: clock.now() + .seconds(1), on: clock) }
        try await clock.waitForSleepers()
        clock.advance(by: .seconds(1))
        try await second.value
    }

    @Test func `a signal that was kept wakes one task alone`() async throws {
        let signal = Signal()
        let woken = Dial()
        signal.signal()
        try await signal.wait()
        let second = Task {
            try await signal.wait()
            woken.turn()
        }
        for _ in 0..<200 { await Task.yield() }
        #expect(woken.value == 0)
        signal.signal()
        try await second.value
    }

    @Test func `a cancelled wait throws`() async {
        let signal = Signal()
        let waiting = Task { try await signal.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `a task that was cancelled before leaves the signal to others`() async throws {
        let signal = Signal()
        signal.signal()
        let waiting = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await signal.wait()
        }
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await signal.wait()
    }

    @Test(arguments: [false, true])
    func `a signal that meets a cancellation is not lost`(isTimed: Bool) async throws {
        let clock = ManualClock()
        for round in 0..<2000 {
            let signal = Signal()
            @Sendable func wait() async throws {
                if isTimed {
                    try await signal.wait(until: clock.now() + .seconds(1), on: clock)
                } else {
                    try await signal.wait()
                }
            }
            let cancelled = Task { try await wait() }
            let other = Task { try await wait() }
            if round.isMultiple(of: 3) { await Task.yield() }
            async let sent: Void = signal.signal()
            cancelled.cancel()
            await sent
            // Where the cancelled one had the signal before, the other needs one of its own.
            if case .success = await cancelled.result { signal.signal() }
            try await other.value
        }
    }

    @Test func `all who wait are woken at once`() async throws {
        let signal = Signal()
        let clock = ManualClock()
        let waiting = (0..<5).map { _ in Task { try await signal.wait(until: clock.now() + .seconds(9), on: clock) } }
        try await clock.waitForSleepers(5)
        signal.signalAll()
        for task in waiting { try await task.value }
    }

    @Test func `nobody waits for a finished signal`() async throws {
        let signal = Signal()
        let waiting = (0..<3).map { _ in Task { try await signal.wait() } }
        await Task.yield()
        signal.finish()
        for task in waiting { try await task.value }
        try await signal.wait()
        try await signal.wait()
    }

    @Test func `a membership that ends ends the waiting of its own consumer`() async throws {
        for _ in 0..<500 {
            let signal = Signal()
            let membership = Membership(1)
            let waiting = Task { try await signal.wait(while: membership) }
            let other = Task { try await signal.wait() }
            membership.end()
            signal.signalAll()
            try await waiting.value
            try await other.value
            #expect(throws: TidingsError.self) { try membership.check() }
        }
    }
}
