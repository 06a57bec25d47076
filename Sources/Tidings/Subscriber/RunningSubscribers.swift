import Synchronization

/// A subscriber that runs in this process, as its database knows it.
struct RunningSubscriber: Sendable {
    /// Its events that wait, and the types that it has handlers for.
    let parked: ParkedEvents
    let status: SubscriberStatus
    let timers: [any SagaTimer]

    /// Lets the loops look that wait for a time to come.
    func wake(at now: Timestamp) {
        status.parked.signal()
        for timer in timers { timer.alarm.set(now) }
    }
}

/// The subscribers that run on a database in this process, by name.
final class RunningSubscribers: Sendable {
    private let subscribers = Mutex<[String: RunningSubscriber]>([:])

    var all: [RunningSubscriber] {
        subscribers.withLock { $0.values.sorted { $0.parked.consumer < $1.parked.consumer } }
    }

    func add(_ subscriber: RunningSubscriber) {
        subscribers.withLock { $0[subscriber.parked.consumer] = subscriber }
    }

    func remove(_ name: String) {
        subscribers.withLock { $0[name] = nil }
    }
}
