import Synchronization
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct ManualClockTests {
    @Test func `sleepers wake in the order of their deadlines, and not before`() async throws {
        let clock = ManualClock()
        let woken = WokenSleepers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (position, seconds) in [30, 10, 20].enumerated() {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    woken.add(seconds)
                }
                // So that the order in which they came is not the order of their deadlines by chance.
                try await clock.waitForSleepers(position + 1)
            }
            clock.advance(by: .milliseconds(9_999))
            #expect(clock.sleeperCount == 3)
            for left in [2, 1, 0] {
                clock.advance(by: .seconds(left == 2 ? 0.001 : 10))
                #expect(clock.sleeperCount == left)
                try await group.next()
            }
        }
        #expect(woken.seconds == [10, 20, 30])
    }

    @Test func `a sleep of no length returns at once`() async throws {
        let clock = ManualClock()
        try await clock.sleep(for: .zero)
        try await clock.sleep(for: .seconds(-1))
    }

    @Test func `a cancelled sleep throws and leaves`() async throws {
        let clock = ManualClock()
        let sleep = Task { try await clock.sleep(for: .seconds(1)) }
        try await clock.waitForSleepers()
        sleep.cancel()
        await #expect(throws: CancellationError.self) { try await sleep.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func `waiting for sleepers can be cancelled`() async {
        let clock = ManualClock()
        let waiting = Task { try await clock.waitForSleepers(3) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `the clock moves forward only`() {
        let clock = ManualClock(now: Timestamp(seconds: 50))
        clock.advance(by: .seconds(-10))
        #expect(clock.now() == Timestamp(seconds: 50))
        clock.advance(by: .seconds(10))
        #expect(clock.now() == Timestamp(seconds: 60))
    }
}

/// Who has woken, in this order.
private final class WokenSleepers: Sendable {
    private let order = Mutex<[Int]>([])

    var seconds: [Int] { order.withLock { $0 } }

    func add(_ seconds: Int) {
        order.withLock { $0.append(seconds) }
    }
}
