import Synchronization
import Tidings

/// A clock that can be set back.
final class SettableTime: TimeSource {
    private let moment = Mutex(Timestamp(seconds: 1000))

    func set(_ moment: Timestamp) {
        self.moment.withLock { $0 = moment }
    }

    func now() -> Timestamp { moment.withLock { $0 } }

    func sleep(for duration: Duration) async throws {}
}
