import Synchronization
import Tidings
import TidingsLog

/// What one event log is doing. Its turns, one at a time, are ``BrokerEngine/runEventLog(_:)``.
final class EventLogWriter: Sendable {
    /// How long after a batch the next one is written, unless it waits already: a log syncs its file ten times a second at
    /// most, so that it leaves the disk to publishers.
    static let pause = Duration.milliseconds(100)
    /// How long after a failure another attempt is made.
    static let retryPause = Duration.seconds(1)

    /// What follows a turn.
    enum Next {
        case turn
        case pause(Duration)
        /// Nothing, until somebody wakes the writer.
        case rest
    }

    private enum Phase {
        case resting
        /// A turn is to begin, or goes on; whether another one is to follow.
        case working(isWoken: Bool)
        case pausing
        case stopped
    }

    private struct State {
        var phase = Phase.resting
        var isStopping = false
        var stopped: [CheckedContinuation<Void, Never>] = []
        var failure: String?
        var unreadable: (count: Int, first: UInt64)?
        /// Nil until it is opened, and after a failure.
        var folder: EventLogFolder?
        var removesExpired = true
    }

    let name: String
    let directory: String
    private let state = Mutex(State())

    init(_ name: String, directory: String) {
        self.name = name
        self.directory = directory
    }

    /// Why nothing can be written now; nil if it can.
    var failure: String? { state.withLock(\.failure) }

    /// How many events could not be read since the bus was opened, and the first of them.
    var unreadable: (count: Int, first: UInt64)? { state.withLock(\.unreadable) }

    /// There is something to do.
    /// - Parameter removesExpired: Whether files may have become too old.
    /// - Returns: Whether a turn is to begin.
    func wake(removesExpired: Bool = false) -> Bool {
        state.withLock { state in
            if removesExpired { state.removesExpired = true }
            switch state.phase {
            case .resting:
                state.phase = .working(isWoken: false)
                return true
            case .working:
                state.phase = .working(isWoken: true)
                return false
            case .pausing, .stopped: return false
            }
        }
    }

    /// A pause is over.
    /// - Returns: Whether a turn is to begin.
    func endPause() -> Bool {
        state.withLock { state in
            guard case .pausing = state.phase else { return false }
            state.phase = .working(isWoken: false)
            return true
        }
    }

    /// Gives a turn the folder, and whether it is to remove what has expired; nil if the writer is to stop.
    func begin() -> (folder: EventLogFolder?, removesExpired: Bool)? {
        state.withLock { state in
            if state.isStopping { return nil }
            if case .working = state.phase { state.phase = .working(isWoken: false) }
            defer { state.removesExpired = false }
            return (state.folder.take(), state.removesExpired)
        }
    }

    /// A turn has come to its end.
    /// - Parameter removesExpired: Whether the next one is to remove what has expired.
    /// - Returns: What follows.
    func end(
        _ next: Next, folder: EventLogFolder?, removesExpired: Bool, unreadable: [UInt64], failure: String?
    ) -> Next {
        let next = state.withLock { state -> Next in
            state.folder = folder
            state.failure = failure
            if removesExpired { state.removesExpired = true }
            if let first = unreadable.first {
                let known = state.unreadable
                state.unreadable = ((known?.count ?? 0) + unreadable.count, known?.first ?? first)
            }
            if state.isStopping { return .rest }
            switch (next, state.phase) {
            case (.pause, _): state.phase = .pausing
            case (.rest, .working(isWoken: true)): return .turn
            case (.rest, _): state.phase = .resting
            case (.turn, _): break
            }
            return next
        }
        if case .rest = next { endIfStopping() }
        return next
    }

    /// No turn follows, whoever asks for one.
    func endForGood() {
        state.withLock { $0.isStopping = true }
        endIfStopping()
    }

    private func endIfStopping() {
        let stopped = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.isStopping else { return [] }
            state.phase = .stopped
            defer { state.stopped = [] }
            return state.stopped
        }
        for continuation in stopped { continuation.resume() }
    }

    /// Returns when no turn goes on, and none begins any more.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                state.isStopping = true
                guard case .working = state.phase else {
                    state.phase = .stopped
                    return true
                }
                state.stopped.append(continuation)
                return false
            }
            if isStopped { continuation.resume() }
        }
    }
}
