import Tidings

/// A clock that nobody sets. It begins with the wall clock's time.
struct SteadyClock: Sendable {
    /// What the wall clock said when this was made.
    let start: Timestamp
    private let time: any TimeSource
    private let uptime: Duration

    init(_ time: any TimeSource) {
        self.time = time
        start = time.now()
        uptime = time.uptime()
    }

    func now() -> Timestamp { start + (time.uptime() - uptime) }
}
