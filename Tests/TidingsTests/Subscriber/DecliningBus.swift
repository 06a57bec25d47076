import Tidings

/// A bus that cannot deliver for a while, or has given away what a member holds.
final class DecliningBus: EventBus {
    private let bus: any EventBus
    /// How many times it still fails to deliver.
    let failures = Dial()
    /// How many extensions still come too late.
    let lost = Dial()
    /// How many deliveries were given back.
    let released = Dial()
    /// How many batches were delivered.
    let batches = Dial()

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
        let bus: DecliningBus

        func next(atMost maximum: Int) async throws -> [Delivery] {
            if bus.failures.value > 0 {
                bus.failures.value -= 1
                throw TidingsError(.unavailable, "no deliveries now")
            }
            let deliveries = try await consumer.next(atMost: maximum)
            bus.batches.turn()
            return deliveries
        }

        func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
            for case .release in settlements { bus.released.turn() }
            let extended = settlements.compactMap { settlement in
                if case .extend(let receipt, _) = settlement { receipt } else { nil }
            }
            if !extended.isEmpty, bus.lost.value > 0 {
                bus.lost.value -= 1
                return extended
            }
            return try await consumer.settle(settlements)
        }

        func depth() async throws -> QueueDepth { try await consumer.depth() }

        func close() async { await consumer.close() }
    }
}
