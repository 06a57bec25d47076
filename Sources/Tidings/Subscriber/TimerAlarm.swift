import Synchronization

/// Wakes a timer loop when a time-out was committed that ends before the loop would look again.
final class TimerAlarm: Sendable {
    /// When the loop looks again; `nil` while it does not wait.
    private let planned = Mutex<Timestamp?>(nil)
    private let signal = Signal()

    /// Tells the loop of a time-out that was committed.
    func set(_ end: Timestamp) {
        if planned.withLock({ planned in planned.map { end < $0 } ?? true }) { signal.signal() }
    }

    /// Waits until a moment, or until a time-out is set that ends earlier.
    func wait(until moment: Timestamp, on time: any TimeSource) async throws {
        planned.withLock { $0 = moment }
        defer { planned.withLock { $0 = nil } }
        try await signal.wait(until: moment, on: time)
    }
}
