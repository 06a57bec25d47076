import Synchronization

/// Why something does not work now, for those who look from other tasks; nothing while it does.
final class CurrentFailure: Sendable {
    private let noted = Mutex<String?>(nil)

    var reason: String? { noted.withLock { $0 } }

    func note(_ reason: String?) { noted.withLock { $0 = reason } }
}
