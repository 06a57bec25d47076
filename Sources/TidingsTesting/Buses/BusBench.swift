import Tidings
import TidingsRouting

/// A bus under test, and what the checks say to it.
struct BusBench {
    private let fixture: any BusFixture
    private let clock: ManualClock?
    /// How long a check waits for what must come.
    let patience: Duration
    let environment: RuntimeEnvironment
    /// The visibility time-out of the groups that the checks make.
    let visibility: Duration
    private(set) var bus: any EventBus
    private var isOpen = true

    init(_ fixture: any BusFixture, _ time: BusConformance.Time, _ patience: Duration) async throws {
        self.fixture = fixture
        self.patience = patience
        switch time {
        case .manual:
            let clock = ManualClock()
            self.clock = clock
            environment = .seeded(1, clock: clock)
            visibility = .seconds(40)
        case .real:
            clock = nil
            environment = .system
            visibility = .seconds(2)
        }
        bus = try await fixture.open(environment)
    }

    func has(_ capability: BusCapabilities) -> Bool { bus.capabilities.contains(capability) }

    /// Closes the bus and opens another on the same storage.
    mutating func restart() async throws {
        try await close()
        bus = try await fixture.open(environment)
        isOpen = true
    }

    mutating func close() async throws {
        guard isOpen else { return }
        isOpen = false
        try await fixture.close(bus)
    }

    /// Lets time pass: so many visibility time-outs.
    func pass(_ timeouts: Double) async throws {
        let duration = visibility * timeouts
        if let clock { clock.advance(by: duration) } else { try await environment.time.sleep(for: duration) }
    }

    /// Lets time pass in small steps while `body` runs: four visibility time-outs at most.
    func passing<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let clock = clock
        let step = visibility / 8
        return try await withThrowingTaskGroup(of: Void.self) { group in
            if let clock {
                group.addTask {
                    for _ in 0..<32 {
                        try await clock.waitForSleepers()
                        clock.advance(by: step)
                        await Task.yield()
                    }
                }
            }
            defer { group.cancelAll() }
            return try await within("what time brings", body)
        }
    }

    // MARK: Events

    static let type: EventType = "conformance.event.v1"

    /// Publishes events that carry numbers.
    @discardableResult
    func publish(
        _ numbers: some Sequence<Int>, key: String? = nil, type: EventType = BusBench.type
    ) async throws -> [PublishedEvent] {
        try await bus.publish(numbers.map { event($0, key: key, type: type) })
    }

    func event(_ number: Int, key: String? = nil, type: EventType = BusBench.type) -> Envelope {
        Envelope(
            id: environment.makeID(), source: "/conformance", type: type, subject: key, time: environment.now(),
            data: EventBytes("\(number)"))
    }

    static func numbers(_ deliveries: [Delivery]) -> [Int] {
        deliveries.map { Int($0.event.data.text) ?? -1 }
    }

    // MARK: Consuming

    func join(_ group: String, _ pattern: EventPattern = .all) async throws -> any EventConsumer {
        try await bus.subscribe(Subscription(group: group, pattern: pattern, visibilityTimeout: visibility))
    }

    /// Takes the next batch, within a limit of real time.
    func next(_ consumer: any EventConsumer, atMost maximum: Int = 100) async throws -> [Delivery] {
        try await within("the next events") { try await consumer.next(atMost: maximum) }
    }

    /// Takes so many events, in as many batches as it needs.
    func take(_ count: Int, from consumer: any EventConsumer) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        while deliveries.count < count {
            deliveries += try await next(consumer, atMost: count - deliveries.count)
        }
        return deliveries
    }

    /// Takes and acknowledges so many events, in batches.
    func drain(_ count: Int, from consumer: any EventConsumer, batch: Int = 100) async throws -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count {
            let deliveries = try await next(consumer, atMost: batch)
            try expect(deliveries.count <= batch, "\(batch) events were asked for and \(deliveries.count) came")
            numbers += Self.numbers(deliveries)
            try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
        }
        return numbers
    }

    /// Expects that a group has nothing to take now: the event that is published now is the next to come.
    func expectNothing(for consumer: any EventConsumer, _ why: String) async throws {
        try await publish([999])
        let deliveries = try await next(consumer)
        try expect(Self.numbers(deliveries) == [999], "\(why), and \(Self.numbers(deliveries)) came")
        try await consumer.settle(deliveries.map { .acknowledge($0.receipt) })
    }
}
