import Synchronization
import Tidings

/// The machine's clocks, of which the wall clock is set forward and back by the script.
final class JumpingTime: TimeSource {
    private let system = SystemTimeSource()
    private let world: World
    /// How far it is ahead, and how far it was when it was last read.
    private let state: Mutex<(ahead: Duration, read: Duration)>

    init(ahead: Duration, world: World) {
        self.world = world
        state = Mutex((ahead, ahead))
    }

    func set(ahead: Duration) { state.withLock { $0.ahead = ahead } }

    /// Writes down when it is first read after it was set.
    func now() -> Timestamp {
        let (before, ahead) = state.withLock { state in
            defer { state.read = state.ahead }
            return (state.read, state.ahead)
        }
        if before != ahead { world.note("C \((ahead - before).components.seconds)") }
        return system.now() + ahead
    }

    func uptime() -> Duration { system.uptime() }
    func sleep(for duration: Duration) async throws { try await system.sleep(for: duration) }
}
