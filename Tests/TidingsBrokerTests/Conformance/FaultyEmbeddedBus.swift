import Synchronization
import Tidings
import TidingsBroker
import TidingsTesting

/// An embedded bus with one fault in what only it can do: history, duplicates, restarts.
final class FaultyEmbeddedBus: EventBus {
    enum Fault: CaseIterable {
        case startsTooEarly
        case startsTooLate
        case startsAgain
        case republishes
        case hidesDuplicates
        case givesDuplicatesNewSequences
        case comparesIDsAlone
        case knowsDuplicatesForEver
        case countsNoAttempts
        case knowsOnlyItsOwnReceipts
        case extendsOnlyForward
        case mixesLongBatches
        case staysHealthy
    }

    let bus: EmbeddedEventBus
    let fault: Fault
    private let known = Mutex<[EventID: UInt64]>([:])
    private let count = Atomic(0)

    init(_ fault: Fault, _ bus: EmbeddedEventBus) {
        self.fault = fault
        self.bus = bus
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        let published = try await bus.publish(events.map(changed))
        return published.map { report in
            let first: UInt64? = known.withLock { known in
                if let first = known[report.id] { return first }
                known[report.id] = report.sequence
                return nil
            }
            switch fault {
            case .hidesDuplicates: return PublishedEvent(id: report.id, sequence: report.sequence)
            case .givesDuplicatesNewSequences where report.isDuplicate:
                return PublishedEvent(id: report.id, sequence: report.sequence + 1, isDuplicate: true)
            case .knowsDuplicatesForEver where first != nil:
                return PublishedEvent(id: report.id, sequence: first ?? 0, isDuplicate: true)
            default: return report
            }
        }
    }

    private func changed(_ event: Envelope) -> Envelope {
        var event = event
        switch fault {
        case .republishes: event.source = "/conformance/\(count.add(1, ordering: .relaxed).newValue)"
        case .comparesIDsAlone: event.source = "/conformance"
        default: break
        }
        return event
    }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        var subscription = subscription
        switch (fault, subscription.start) {
        case (.startsTooEarly, .time): subscription.start = .earliest
        case (.startsTooLate, .time(let time)): subscription.start = .time(time + .microseconds(1))
        case (.startsAgain, .earliest):
            subscription.group += " \(count.add(1, ordering: .relaxed).newValue)"
        default: break
        }
        return FaultyEmbeddedConsumer(fault: fault, consumer: try await bus.subscribe(subscription))
    }

    func health() async -> BusHealth { fault == .staysHealthy ? BusHealth(isConnected: true) : await bus.health() }
}

private final class FaultyEmbeddedConsumer: EventConsumer {
    private let fault: FaultyEmbeddedBus.Fault
    private let consumer: any EventConsumer
    private let own = Mutex<Set<Receipt>>([])

    init(fault: FaultyEmbeddedBus.Fault, consumer: any EventConsumer) {
        self.fault = fault
        self.consumer = consumer
    }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        var deliveries = try await consumer.next(atMost: maximum)
        own.withLock { $0.formUnion(deliveries.map(\.receipt)) }
        if fault == .mixesLongBatches, deliveries.count > 400 { deliveries.swapAt(100, 300) }
        guard fault == .countsNoAttempts else { return deliveries }
        return deliveries.map { Delivery(receipt: $0.receipt, attempt: 1, event: $0.event) }
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        var foreign: [Receipt] = []
        let kept = settlements.filter { settlement in
            switch (fault, settlement) {
            case (.extendsOnlyForward, .extend(_, let duration)): return duration > .seconds(30)
            case (.knowsOnlyItsOwnReceipts, .acknowledge(let receipt)),
                (.knowsOnlyItsOwnReceipts, .release(let receipt)),
                (.knowsOnlyItsOwnReceipts, .extend(let receipt, _)):
                guard !own.withLock({ $0.contains(receipt) }) else { return true }
                foreign.append(receipt)
                return false
            default: return true
            }
        }
        return try await foreign + consumer.settle(kept)
    }

    func depth() async throws -> QueueDepth { try await consumer.depth() }

    func close() async { await consumer.close() }
}
