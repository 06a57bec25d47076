import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct RetentionPolicyTests {
    @Test(
        arguments: [
            (
                RetentionPolicy(inbox: .milliseconds(999)),
                "inbox of shop is 0.999 seconds; it must be at least a second"
            ),
            (RetentionPolicy(earlySagas: .zero), "earlySagas of shop is 0.0 seconds; it must be at least a second"),
            (
                RetentionPolicy(inbox: .seconds(60), finishedSagas: .seconds(59)),
                "finishedSagas of shop is 59.0 seconds; it must be at least 60.0 seconds, as long as that of the inbox"
            ),
            (
                RetentionPolicy(deadLetters: .seconds(-1)),
                "deadLetters of shop is -1.0 seconds; it must be at least a second"
            ),
        ])
    func `a time that is too short is refused`(policy: RetentionPolicy, message: String) async throws {
        try await Bench.with { bench in
            let error = await #expect(throws: TidingsError.self) { _ = try await Keeper(bench, retention: policy) }
            #expect(error?.code == .misconfigured)
            #expect(error?.message == "retention.\(message)")
        }
    }

    @Test func `a subscriber does not start whose inbox forgets before its bus does`() async throws {
        try await Bench.with { bench in
            let database = try await Keeper(bench).database
            func subscriber(_ retention: Duration?) -> Subscriber {
                Subscriber(
                    "stock", bus: KeepingBus(bench.bus, for: retention), database: database, logger: bench.logger
                ) { On(Placed.self) { _, _ in } }
            }
            for retention in [nil, .zero, Duration.seconds(100)] { try await subscriber(retention).makeGroup() }
            for run in [{ try await $0.makeGroup() }, { try await $0.run() }]
                as [@Sendable (Subscriber) async throws -> Void]
            {
                let error = await #expect(throws: TidingsError.self) { try await run(subscriber(.seconds(101))) }
                #expect(error?.code == .misconfigured)
                #expect(
                    error?.message == """
                        retention.inbox of shop is 100.0 seconds; it must be at least 101.0 seconds, because KeepingBus \
                        may deliver events for so long
                        """)
            }
        }
    }

    @Test func `a memory bus without history delivers nothing that nobody waits for`() {
        #expect(MemoryEventBus().retention == .zero)
        #expect(MemoryEventBus(keepsHistory: true).retention == nil)
    }
}

/// A bus that says how long it keeps events.
private final class KeepingBus: EventBus {
    private let bus: any EventBus
    let retention: Duration?

    init(_ bus: any EventBus, for retention: Duration?) {
        self.bus = bus
        self.retention = retention
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] { try await bus.publish(events) }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try await bus.subscribe(subscription)
    }

    func health() async -> BusHealth { await bus.health() }
}
