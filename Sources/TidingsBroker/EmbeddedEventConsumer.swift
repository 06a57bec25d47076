import Tidings

/// A member of a group on the embedded bus.
final class EmbeddedEventConsumer: EventConsumer {
    private let bus: EmbeddedEventBus
    private let queue: Int
    private let membership: Membership
    private let signal: Signal
    private let environment: RuntimeEnvironment

    init(
        bus: EmbeddedEventBus, queue: Int, membership: Membership, signal: Signal, environment: RuntimeEnvironment
    ) {
        self.bus = bus
        self.queue = queue
        self.membership = membership
        self.signal = signal
        self.environment = environment
    }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        try BusLimits.check(takeOf: maximum)
        do {
            while true {
                try Task.checkCancellation()
                let (deliveries, patience) = try await bus.take(
                    from: queue, atMost: maximum, for: membership, at: environment.now())
                // What was taken while the consumer left has been given back.
                try membership.check()
                if !deliveries.isEmpty { return deliveries }
                try await signal.wait(atMost: patience, on: environment.time, while: membership)
            }
        } catch {
            // The signal that this member may have got is for another one.
            signal.signal()
            throw error
        }
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        try bus.settle(settlements, in: queue)
    }

    func depth() async throws -> QueueDepth {
        try bus.depth(of: queue)
    }

    func close() async {
        bus.leave(queue, membership)
        signal.signalAll()
    }
}
