import Synchronization

/// How long the lock of the engine was held, each time: for a benchmark. Costs nothing while nobody measures.
package final class LockTimes: Sendable {
    private let isOn = Atomic(false)
    private let times = Mutex<[Duration]>([])

    var isMeasuring: Bool { isOn.load(ordering: .relaxed) }

    func note(_ time: Duration) { times.withLock { $0.append(time) } }

    /// Begins to note how long the lock is held.
    package func begin() { isOn.store(true, ordering: .relaxed) }

    /// Ends it, and returns what was noted, in no particular order.
    package func end() -> [Duration] {
        isOn.store(false, ordering: .relaxed)
        return times.withLock { times in
            defer { times = [] }
            return times
        }
    }
}
