import Tidings
import TidingsRouting

/// A bus under test, and what the checks say to it.
struct BusBench {
    private let fixture: any BusFixture
    private let clock: ManualClock?
    /// How long a check waits for what must come.
    let timeout: Duration
    let environment: RuntimeEnvironment
    /// The visibility time-out of the groups that the checks make.
    let visibility: Duration
    /// For how long a publisher's retry is recognised.
    let duplicateWindow: Duration
    private(set) var bus: any EventBus
    private var isOpen = true

    init(
        _ fixture: any BusFixture, _ time: BusConformance.Time, _ timeout: Duration, _ duplicateWindow: Duration
    ) async throws {
        self.fixture = fixture
        self.timeout = timeout
        self.duplicateWindow = duplicateWindow
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
    func pass(_ timeouts: Double) async throws { try await pass(visibility * timeouts) }

    /// Lets time pass.
    func pass(_ duration: Duration) async throws {
        if let clock { clock.advance(by: duration) } else { try await environment.time.sleep(for: duration) }
    }

    /// Sets the wall clock forward or back while no time passes. Where the bus reads time itself, nobody can.
    func setWallClock(by duration: Duration) { clock?.jump(by: duration) }

    /// Returns when so many consumers wait, which they do for a time-out to end; on a real clock, when they had time for it.
    func waitForWaiting(_ count: Int) async throws {
        if let clock { try await clock.waitForSleepers(count) } else { try await pass(0.2) }
    }

    /// A moment after all that was published before it, and not after what is published next.
    func moment() async throws -> Timestamp {
        try await pass(0.05)
        let moment = environment.now()
        // A server may count in milliseconds. On a manual clock, what is published next has this very moment.
        if clock == nil { try await pass(0.05) }
        return moment
    }

    /// Lets time pass in small steps while `body` runs.
    /// - Parameter timeouts: how many visibility time-outs at most.
    func passing<Result: Sendable>(
        atMost timeouts: Double = 4, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let clock = clock
        let step = visibility / 8
        return try await withThrowingTaskGroup(of: Void.self) { group in
            if let clock {
                group.addTask {
                    for _ in 0..<Int(timeouts * 8) {
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

    /// Publishes numbers in one batch, under a few keys.
    @discardableResult
    func publishKeyed(_ numbers: some Sequence<Int>, keys: Int = 5) async throws -> [PublishedEvent] {
        try await bus.publish(numbers.map { event($0, key: "key \($0 % keys)") })
    }

    func event(_ number: Int, key: String? = nil, type: EventType = BusBench.type) -> Envelope {
        Envelope(
            id: environment.makeID(), source: "/conformance", type: type, subject: key, time: environment.now(),
            data: EventBytes("\(number)"))
    }

    static func numbers(_ deliveries: [Delivery]) -> [Int] {
        deliveries.map { Int($0.event.data.text) ?? -1 }
    }
}
