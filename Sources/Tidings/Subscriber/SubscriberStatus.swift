import Logging
import ServiceLifecycle
import Synchronization
import TidingsRouting

/// Whether a subscriber works through its events, or has paused and why.
public struct SubscriberHealth: Sendable, Hashable {
    /// The name of the subscriber, which is that of its consumer group.
    public let name: String
    /// Why it or one of its handlers has paused, for a person; `nil` while it works.
    public let pausedBecause: String?

    /// Whether none of its loops has paused, and what its handlers call is available. `true` also before it runs.
    public var isWorking: Bool { pausedBecause == nil }
}

/// What the loops of one subscriber share: why they have paused, and the signal that something was parked.
final class SubscriberStatus: Sendable {
    let name: String
    let environment: RuntimeEnvironment
    let logger: Logger
    /// Wakes the retry loop after something was parked or redriven.
    let parked = Signal()
    /// How much work its loops have begun, and how much of it is at hand.
    private let work = Mutex<(begun: Int, current: Int)>((0, 0))
    /// What was seen of the queue.
    private let queue = Mutex(Queue())

    private struct Queue {
        /// How many events waited at the last look.
        var pending = 0
        /// How many batches are at work.
        var batches = 0
        /// Since when some have waited and none was taken, by ``TimeSource/uptime()``.
        var idleSince: Duration?
    }

    /// Why it has paused, by the loop that has, or the handler that lacks what it needs.
    private let reasons = Mutex<[ByteText: String]>([:])

    init(of name: String, _ environment: RuntimeEnvironment, _ logger: Logger) {
        self.name = name
        self.environment = environment
        self.logger = logger
    }

    var health: SubscriberHealth {
        SubscriberHealth(name: name, pausedBecause: reasons.withLock { $0.min { $0.key < $1.key }?.value })
    }

    var activity: (begun: Int, current: Int) { work.withLock { $0 } }

    /// Notes how many events wait in the queue.
    func look(pending: Int) {
        let now = environment.time.uptime()
        queue.withLock { queue in
            queue.pending = pending
            queue.idleSince = pending > 0 && queue.batches == 0 ? queue.idleSince ?? now : nil
        }
    }

    /// Notes that a batch was taken.
    func took() {
        queue.withLock { ($0.idleSince, $0.batches) = (nil, $0.batches + 1) }
    }

    /// Notes that a batch is done.
    func isDone() {
        queue.withLock { $0.batches -= 1 }
    }

    /// How many events wait, if some have for half a minute and none was taken.
    var idleBeside: Int? {
        let now = environment.time.uptime()
        return queue.withLock { queue in
            queue.idleSince.flatMap { now - $0 >= StuckLimits.loop ? queue.pending : nil }
        }
    }

    /// Whether a loop or a handler has paused.
    var hasPaused: Bool { reasons.withLock { !$0.isEmpty } }

    /// Does a piece of work that ``activity`` counts.
    func working<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        work.withLock { ($0.begun, $0.current) = ($0.begun + 1, $0.current + 1) }
        defer { work.withLock { $0.current -= 1 } }
        return try await body()
    }

    func clear() { reasons.withLock { $0 = [:] } }

    func pause(_ loop: String, because reason: any Error) {
        let isNew = reasons.withLock { $0.updateValue("\(reason)", forKey: ByteText(loop)) == nil }
        if isNew { logger.warning("\(name) pauses", metadata: ["reason": "\(reason)"]) }
    }

    func resume(_ loop: String) {
        let isLast = reasons.withLock { reasons in
            reasons.removeValue(forKey: ByteText(loop)) != nil && reasons.isEmpty
        }
        if isLast { logger.info("\(name) goes on") }
    }
}

/// The pauses of one of a subscriber's loops while its database or bus is not available.
struct LoopPause: Sendable {
    /// What the loop does, as ``Subscriber/health`` names it.
    let loop: String
    private let status: SubscriberStatus
    private var backoff = Backoff()
    /// Whether the last turn of the loop met an outage.
    private(set) var isPaused = false

    init(of loop: String, _ status: SubscriberStatus) {
        self.loop = loop
        self.status = status
    }

    /// Waits because of an outage, longer each time.
    mutating func wait(because reason: any Error) async {
        isPaused = true
        status.pause(loop, because: reason)
        let delay = backoff.next(random: status.environment.random())
        try? await cancelWhenGracefulShutdown { [status] in try await status.environment.time.sleep(for: delay) }
    }

    /// Ends the pause, if there is one: the loop has worked.
    mutating func end() {
        guard isPaused else { return }
        self = LoopPause(of: loop, status)
        status.resume(loop)
    }
}

extension Task where Success == Never, Failure == Never {
    /// Whether the loop that this task runs is to end.
    static var isStopping: Bool { isCancelled || isShuttingDownGracefully }
}
