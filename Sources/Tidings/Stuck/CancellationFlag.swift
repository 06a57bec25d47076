import Synchronization

/// Whether a person has cancelled a piece of work.
final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}

extension TidingsError {
    static func cancelledByPerson(_ what: String) -> TidingsError {
        TidingsError(.timedOut, "\(what) was cancelled by a person")
    }
}
