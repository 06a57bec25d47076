import Synchronization
import Tidings

/// A memory bus with one fault: what the conformance suite has to find.
final class FaultyBus: EventBus {
    enum Fault: String, CaseIterable {
        case losesEvents
        case doublesEvents
        case reversesBatches
        case ignoresAcknowledgements
        case hidesStaleReceipts
        case countsReleases
        case claimsHistory
        case claimsDurability
        case publishesAfterClose
        case givesTooMany
        case changesData
        case keepsWhatAClosedConsumerHad
    }

    let bus: MemoryEventBus
    let fault: Fault
    let isClosed = Mutex(false)

    init(_ fault: Fault, _ environment: RuntimeEnvironment) {
        bus = MemoryEventBus(environment: environment)
        self.fault = fault
    }

    var capabilities: BusCapabilities {
        switch fault {
        case .claimsHistory: [.order, .history]
        case .claimsDurability: [.order, .durable]
        default: .order
        }
    }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        switch fault {
        case .losesEvents where events.count > 4:
            return try await bus.publish(events.dropLast()) + [PublishedEvent(id: events[0].id, sequence: .max)]
        case .doublesEvents:
            _ = try await bus.publish(events)
        case .changesData:
            return try await bus.publish(
                events.map { event in
                    var event = event
                    event.data = EventBytes(event.data.text.filter { $0 != " " })
                    return event
                })
        case .publishesAfterClose where isClosed.withLock({ $0 }):
            return []
        default: break
        }
        return try await bus.publish(events)
    }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        var subscription = subscription
        if fault == .claimsHistory { subscription.start = .latest }
        return FaultyConsumer(fault: fault, consumer: try await bus.subscribe(subscription))
    }

    func health() async -> BusHealth { await bus.health() }

    func close() {
        isClosed.withLock { $0 = true }
        bus.close()
    }
}

private struct FaultyConsumer: EventConsumer {
    let fault: FaultyBus.Fault
    let consumer: any EventConsumer

    func next(atMost maximum: Int) async throws -> [Delivery] {
        let deliveries = try await consumer.next(atMost: fault == .givesTooMany ? min(maximum + 3, 10_000) : maximum)
        return fault == .reversesBatches ? deliveries.reversed() : deliveries
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        let kept = settlements.filter { settlement in
            switch settlement {
            case .acknowledge: fault != .ignoresAcknowledgements
            case .release: fault != .countsReleases
            case .extend, .retry, .deadLetter: true
            }
        }
        let stale = try await consumer.settle(kept)
        return fault == .hidesStaleReceipts ? [] : stale
    }

    func depth() async throws -> QueueDepth { try await consumer.depth() }

    func close() async {
        if fault != .keepsWhatAClosedConsumerHad { await consumer.close() }
    }
}
