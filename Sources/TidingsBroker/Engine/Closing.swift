import Synchronization

/// Something that ends once: the first who asks ends it, and all others wait until it has ended.
final class Closing: Sendable {
    private enum State {
        case open
        case closing([CheckedContinuation<Void, Never>])
        case closed
    }

    private let state = Mutex(State.open)

    /// Runs a body once; returns when it has run, whoever runs it.
    func close(_ body: () async -> Void) async {
        let isFirst = state.withLock { state in
            guard case .open = state else { return false }
            state = .closing([])
            return true
        }
        guard isFirst else { return await end() }
        await body()
        let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
            defer { state = .closed }
            guard case .closing(let waiters) = state else { return [] }
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func end() async {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                guard case .closing(let waiters) = state else { return true }
                state = .closing(waiters + [continuation])
                return false
            }
            if isClosed { continuation.resume() }
        }
    }
}
