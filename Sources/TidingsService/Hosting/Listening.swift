import Synchronization

/// The servers of a process that listen, and whom to tell when all of them do.
final class Listening: Sendable {
    private struct State {
        var ports: [String: Int] = [:]
        var expected = 0
        var onAll: @Sendable ([String: Int]) -> Void = { _ in }
    }

    private let state = Mutex(State())

    /// Calls `onAll` once so many servers listen.
    func expect(_ count: Int, _ onAll: @escaping @Sendable ([String: Int]) -> Void) {
        state.withLock { $0 = State(expected: count, onAll: onAll) }
        if count == 0 { onAll([:]) }
    }

    /// The port that a server listens on, once it does.
    func port(of service: String) -> Int? { state.withLock { $0.ports[service] } }

    /// Notes that a server listens.
    func add(_ service: String, on port: Int) {
        let (ports, onAll) = state.withLock { state in
            state.ports[service] = port
            return (state.ports, state.ports.count == state.expected ? state.onAll : nil)
        }
        onAll?(ports)
    }
}
