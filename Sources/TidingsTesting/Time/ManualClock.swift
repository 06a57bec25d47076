import Synchronization
public import Tidings

/// A clock that stands still until a test moves it.
///
/// ```swift
/// let clock = ManualClock()
/// async let outcome = poll(every: .seconds(5), on: clock)
/// try await clock.waitForSleepers()
/// clock.advance(by: .seconds(5))
/// ```
public final class ManualClock: TimeSource {
    fileprivate struct Sleeper {
        let id: UInt64
        let deadline: Timestamp
        let continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate struct Watcher {
        let id: UInt64
        let count: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate struct State {
        var now: Timestamp
        /// How far the wall clock was set from where time has brought it.
        var offset = Duration.zero
        var lastID: UInt64 = 0
        /// By deadline; those of one deadline in the order in which they came.
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []
    }

    private let state: Mutex<State>

    /// Makes a clock.
    /// - Parameter now: where it stands: 2026-01-01T00:00:00Z unless said otherwise.
    public init(now: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        state = Mutex(State(now: now))
    }

    /// The moment at which the clock stands.
    public func now() -> Timestamp { state.withLock { $0.now + $0.offset } }

    /// How much time has passed: what ``advance(by:)`` has added, and nothing of what ``jump(by:)`` has set.
    public func uptime() -> Duration { .microseconds(state.withLock(\.now).microseconds) }

    /// Sets the wall clock forward or back, as a person or a time server may. No time passes, and nobody wakes.
    public func jump(by duration: Duration) {
        state.withLock { $0.offset += duration }
    }

    /// How many tasks sleep.
    public var sleeperCount: Int { state.withLock(\.sleepers.count) }

    /// Moves the clock forward and wakes the tasks whose time has come, in the order of their deadlines.
    ///
    /// Returns when they are due to run, not when they have run. One that sleeps again counts from the new moment.
    /// - Parameter duration: how far; not negative.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + max(duration, .zero)
            let due = state.sleepers.prefix { $0.deadline <= state.now }
            state.sleepers.removeFirst(due.count)
            return due
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Returns once the clock was moved by `duration`; at once when it is not positive.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(for duration: Duration) async throws {
        try await sleep { $0.now + duration }
    }

    /// Returns once the clock was moved to a moment; at once when it has come.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(until moment: Timestamp) async throws {
        try await sleep { moment + (.zero - $0.offset) }
    }

    /// Returns once so much time has passed, wherever the wall clock was set meanwhile; at once when it has.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func sleep(untilUptime uptime: Duration) async throws {
        try await sleep { _ in Timestamp(microseconds: 0) + uptime }
    }

    private func sleep(until deadline: @Sendable (borrowing State) -> Timestamp) async throws {
        try Task.checkCancellation()
        let id = makeID()
        let wasWoken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: (answer: Bool?, watchers: [Watcher]) = state.withLock { state in
                    if Task.isCancelled { return (false, []) }
                    let deadline = deadline(state)
                    if deadline <= state.now { return (true, []) }
                    return (nil, state.add(id, until: deadline, continuation))
                }
                if let answer = outcome.answer { continuation.resume(returning: answer) }
                for watcher in outcome.watchers { watcher.continuation.resume(returning: true) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !wasWoken { throw CancellationError() }
    }

    /// Waits until so many tasks sleep on this clock: then they have come to their waiting, and time may pass.
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func waitForSleepers(_ count: Int = 1) async throws {
        let id = makeID()
        let isMet = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.sleepers.count >= count { return true }
                    if Task.isCancelled { return false }
                    state.watchers.append(Watcher(id: id, count: count, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                state.watchers.firstIndex { $0.id == id }.map { state.watchers.remove(at: $0) }
            }
            watcher?.continuation.resume(returning: false)
        }
        if !isMet { throw CancellationError() }
    }

    private func makeID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }
}

extension ManualClock.State {
    /// Adds a sleeper and takes out those who waited for so many.
    fileprivate mutating func add(
        _ id: UInt64, until deadline: Timestamp, _ continuation: CheckedContinuation<Bool, Never>
    ) -> [ManualClock.Watcher] {
        let sleeper = ManualClock.Sleeper(id: id, deadline: deadline, continuation: continuation)
        sleepers.insert(sleeper, at: sleepers.firstIndex { $0.deadline > sleeper.deadline } ?? sleepers.count)
        let met = watchers.filter { $0.count <= sleepers.count }
        watchers.removeAll { $0.count <= sleepers.count }
        return met
    }
}
