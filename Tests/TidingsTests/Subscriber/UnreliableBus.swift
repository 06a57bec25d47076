import Tidings

/// A bus that cannot deliver for a while, loses settlements, or has given away what a member holds.
final class UnreliableBus: EventBus {
    private let bus: any EventBus
    /// How many times it still fails to deliver.
    let failedTakes = Dial()
    /// How many settlements are still to be lost; it says so by an error.
    let lostSettlements = Dial()
    /// How many extensions still come too late.
    let lateExtensions = Dial()
    /// How many batches were delivered.
    let batches = Dial()
    /// How many deliveries were made.
    let deliveries = Dial()
    /// How many deliveries were given back.
    let released = Dial()

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
        let bus: UnreliableBus

        func next(atMost maximum: Int) async throws -> [Delivery] {
            if bus.failedTakes.turnBack() { throw TidingsError(.unavailable, "no deliveries now") }
            let deliveries = try await consumer.next(atMost: maximum)
            bus.batches.turn()
            for _ in deliveries { bus.deliveries.turn() }
            return deliveries
        }

        func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
            if bus.lostSettlements.turnBack() { throw TidingsError(.unavailable, "the settlement was lost") }
            for case .release in settlements { bus.released.turn() }
            let extended = settlements.compactMap { settlement in
                if case .extend(let receipt, _) = settlement { receipt } else { nil }
            }
            if !extended.isEmpty, bus.lateExtensions.turnBack() { return extended }
            return try await consumer.settle(settlements)
        }

        func depth() async throws -> QueueDepth { try await consumer.depth() }

        func close() async { await consumer.close() }
    }
}
