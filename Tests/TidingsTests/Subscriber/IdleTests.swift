import Synchronization
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct IdleTests {
    @Test func `a subscriber that takes nothing though events wait is named, and goes on when its wait is cancelled`()
        async throws
    {
        try await Bench.with { bench in
            let isMute = Dial(1)
            let bus = MuteBus(bench.bus, isMute)
            var options = SubscriberOptions()
            options.concurrency = 1
            let stock = Subscriber(
                "stock", bus: bus, database: bench.database, options: options, logger: bench.logger
            ) {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock) {
                let start = bench.clock.now()
                try await bench.until(advancing: .seconds(1)) { bench.clock.now() - start > .seconds(60) }
                #expect(try await bench.database.stuckWork(on: bus).isEmpty, "nothing waits")
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .seconds(1)) {
                    try await !bench.database.stuckWork(on: bus).isEmpty
                }
                let work = try #require(try await bench.database.stuckWork(on: bus).first)
                #expect(work.kind == .loop)
                #expect(work.name.hasPrefix("taking events in loop 0 of stock"))
                #expect(work.holdsUp == "1 events that wait for stock")
                isMute.value = 0
                let id = try #require(Int(work.remedy.body.filter(\.isNumber)))
                #expect(bench.database.cancelWork(id))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen() == ["a"] }
                try await bench.until { try await bench.database.stuckWork(on: bus).isEmpty }
            }
        }
    }
}

/// A bus whose consumers get nothing while it is mute.
private final class MuteBus: EventBus {
    private let bus: any EventBus
    private let isMute: Dial

    init(_ bus: any EventBus, _ isMute: Dial) {
        self.bus = bus
        self.isMute = isMute
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] { try await bus.publish(events) }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        Consumer(consumer: try await bus.subscribe(subscription), isMute: isMute)
    }

    func health() async -> BusHealth { await bus.health() }

    private struct Consumer: EventConsumer {
        let consumer: any EventConsumer
        let isMute: Dial

        func next(atMost maximum: Int) async throws -> [Delivery] {
            // For ever, whatever comes later.
            if isMute.value > 0 { try await Task.sleep(for: .seconds(86_400)) }
            return try await consumer.next(atMost: maximum)
        }

        func settle(_ settlements: [Settlement]) async throws -> [Receipt] { try await consumer.settle(settlements) }

        func depth() async throws -> QueueDepth { try await consumer.depth() }

        func close() async { await consumer.close() }
    }
}
