import Logging
import ServiceLifecycle
import Synchronization

/// The pauses of one of a subscriber's loops: how long the next one is, and which reason in ``Subscriber/health`` is
/// its own.
struct Pauses: Sendable {
    /// What the loop does.
    let loop: String
    fileprivate var backoff = Backoff()
    /// Whether the ground was gone when the loop last stood on it.
    fileprivate(set) var isPaused = false

    init(of loop: String) {
        self.loop = loop
    }
}

extension Subscriber {
    var isStopping: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    /// Stops a loop for a while because the ground is gone.
    func pause(because reason: any Error, _ pauses: inout Pauses) async {
        pauses.isPaused = true
        let isNews = pausedBecause.withLock { reasons in
            defer { reasons[pauses.loop] = "\(reason)" }
            return reasons.isEmpty
        }
        if isNews { logger.warning("\(name) pauses", metadata: ["reason": "\(reason)"]) }
        let delay = pauses.backoff.next(random: database.environment.random())
        try? await cancelWhenGracefulShutdown { try await self.database.environment.time.sleep(for: delay) }
    }

    /// The ground is there again for a loop.
    func resume(_ pauses: inout Pauses) {
        guard pauses.isPaused else { return }
        pauses = Pauses(of: pauses.loop)
        let isWorking = pausedBecause.withLock { reasons in
            reasons[pauses.loop] = nil
            return reasons.isEmpty
        }
        if isWorking { logger.info("\(name) goes on") }
    }
}
