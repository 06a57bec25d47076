import Tidings

/// A bus that loses some settlements, and says so by an error.
final class ForgetfulBus: EventBus {
    private let bus: any EventBus
    /// How many settlements are still to be lost.
    let failures = Dial()
    /// How many deliveries were made.
    let deliveries = Dial()

    init(_ bus: any EventBus) {
        self.bus = bus
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] { try await bus.publish(events) }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        Consumer(consumer: try await bus.subscribe(subscription), bus: self)
    }

    func health() async -> BusHealth { await bus.health() }

    private struct Consumer: EventConsumer {
        let consumer: any EventConsumer
        let bus: ForgetfulBus

        func next(atMost maximum: Int) async throws -> [Delivery] {
            let deliveries = try await consumer.next(atMost: maximum)
            for _ in deliveries { bus.deliveries.turn() }
            return deliveries
        }

        func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
            if bus.failures.value > 0 {
                bus.failures.value -= 1
                throw TidingsError(.unavailable, "the settlement was lost")
            }
            return try await consumer.settle(settlements)
        }

        func depth() async throws -> QueueDepth { try await consumer.depth() }

        func close() async { await consumer.close() }
    }
}
