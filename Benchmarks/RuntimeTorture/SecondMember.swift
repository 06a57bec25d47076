import Tidings

/// The bus as another process would see it: two subscribers of one name are refused on one bus of a process.
final class SecondMember: EventBus {
    private let bus: any EventBus

    init(of bus: any EventBus) {
        self.bus = bus
    }

    var capabilities: BusCapabilities { bus.capabilities }
    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] { try await bus.publish(events) }
    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try await bus.subscribe(subscription)
    }
    func health() async -> BusHealth { await bus.health() }
}
