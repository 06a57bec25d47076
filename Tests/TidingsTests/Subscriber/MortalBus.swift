import Tidings

/// A bus as a process that may die sees it: from its death on nothing that was taken is settled, and nothing more comes.
final class MortalBus: EventBus {
    private let bus: any EventBus
    private let deaths = Dial()
    /// The subject of the events that kill the process when they are published.
    private let killer: String?

    init(_ bus: any EventBus, killer: String? = nil) {
        (self.bus, self.killer) = (bus, killer)
    }

    var isDead: Bool { deaths.value > 0 }

    func die() { deaths.turn() }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        if let killer, events.contains(where: { $0.subject == killer }) { die() }
        if isDead { throw TidingsError(.unavailable, "the process is dead") }
        return try await bus.publish(events)
    }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        Consumer(consumer: try await bus.subscribe(subscription), bus: self)
    }

    func health() async -> BusHealth { await bus.health() }

    private struct Consumer: EventConsumer {
        let consumer: any EventConsumer
        let bus: MortalBus

        func next(atMost maximum: Int) async throws -> [Delivery] {
            try checkAlive()
            return try await consumer.next(atMost: maximum)
        }

        func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
            try checkAlive()
            return try await consumer.settle(settlements)
        }

        func depth() async throws -> QueueDepth { try await consumer.depth() }

        func close() async {
            if !bus.isDead { await consumer.close() }
        }

        private func checkAlive() throws {
            if bus.isDead { throw TidingsError(.unavailable, "the process is dead") }
        }
    }
}

extension Bench {
    /// The same database as a process sees it that may die: from its death on nothing is committed.
    func mortal(with bus: MortalBus) async throws -> ServiceDatabase { try await failing { bus.isDead }.database }
}
