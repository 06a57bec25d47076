import Tidings

/// A member of a group on the embedded bus.
final class EmbeddedEventConsumer: EventConsumer {
    private let bus: EmbeddedEventBus
    private let queue: Int
    private let member: UInt64
    private let signal: Signal
    private let environment: RuntimeEnvironment

    init(bus: EmbeddedEventBus, queue: Int, member: UInt64, signal: Signal, environment: RuntimeEnvironment) {
        self.bus = bus
        self.queue = queue
        self.member = member
        self.signal = signal
        self.environment = environment
    }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        guard (1...10_000).contains(maximum) else {
            throw TidingsError(.invalid, "\(maximum) events were asked for at once; 1 to 10,000 can be")
        }
        while true {
            try Task.checkCancellation()
            let now = environment.now()
            let (deliveries, deadline) = try await bus.take(from: queue, atMost: maximum, for: member, at: now)
            if !deliveries.isEmpty { return deliveries }
            if let deadline {
                try await signal.wait(atMost: deadline - now, on: environment.time)
            } else {
                try await signal.wait()
            }
        }
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        try bus.settle(settlements, in: queue)
    }

    func depth() async throws -> QueueDepth {
        bus.depth(of: queue)
    }

    func close() async {
        bus.leave(queue, member)
        signal.signal()
    }
}
