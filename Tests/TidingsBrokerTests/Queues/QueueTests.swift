import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Queues and rules as a program with the embedded bus has them.
@Suite(.timeLimit(.minutes(10))) struct QueueTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ folder: TemporaryFolder? = nil) async throws -> EmbeddedEventBus {
        try await .open(folder ?? self.folder, clock)
    }

    private func declare(_ bus: EmbeddedEventBus, receives: Int = 2) async throws {
        var options = QueueOptions()
        options.maximumReceives = receives
        try await bus.declareQueue("orders", options)
        try await bus.declareRule(EventRule("all", .all, to: ["orders"]))
    }

    /// Lets the receives of an event fail until it is a dead letter.
    private func exhaust(_ bus: EmbeddedEventBus, receives: Int = 2) async throws {
        let consumer = try await bus.consumer(ofQueue: "orders")
        for _ in 0..<receives {
            _ = try await consumer.next(atMost: 10)
            clock.advance(by: .seconds(31))
        }
        // Whoever looks finds what has become of them; what a consumer that leaves gives back is no attempt.
        #expect(try await !bus.deadLetters(in: "orders-dead-letters").isEmpty)
        await consumer.close()
    }

    @Test func `a dead letter has its evidence, also after a restart`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await bus.publish([.numbered(1), .numbered(2)])
        let start = clock.now()
        try await exhaust(bus)
        func check(_ bus: EmbeddedEventBus) async throws {
            let letters = try await bus.deadLetters(in: "orders-dead-letters")
            #expect(letters.map(\.event) == [.numbered(1), .numbered(2)])
            #expect(letters.map(\.sequence) == [1, 2])
            #expect(letters.map(\.attempts) == [2, 2])
            #expect(letters.map(\.firstReceived) == [start, start])
            #expect(letters.map(\.deadSince) == [start + .seconds(62), start + .seconds(62)])
            #expect(letters.map(\.queue) == ["orders", "orders"])
            #expect(
                letters.map(\.reason) == ["received 2 times and never settled", "received 2 times and never settled"])
            #expect(try await bus.deadLetters(in: "orders-dead-letters", after: 1).map(\.sequence) == [2])
            #expect(try await bus.deadLetters(in: "orders-dead-letters", atMost: 1).map(\.sequence) == [1])
        }
        try await check(bus)
        // What a process leaves that is killed now.
        let copy = try folder.copy()
        let killed = try await open(copy)
        try await check(killed)
        await killed.close()
        copy.remove()
        try await bus.checkpoint()
        await bus.close()
        let again = try await open()
        try await check(again)
        await again.close()
    }

    @Test func `a redriven event is read from the log, begins anew, and is acknowledged for good`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await bus.publish([.numbered(1), .numbered(2)])
        try await exhaust(bus)
        try await bus.publish([.numbered(3)])
        #expect(try await bus.redrive(from: "orders-dead-letters", [1]) == 1)
        #expect(try await bus.redrive(from: "orders-dead-letters", [1]) == 0)
        let copy = try folder.copy()
        let killed = try await open(copy)
        for bus in [bus, killed] {
            let consumer = try await bus.consumer(ofQueue: "orders")
            let deliveries = try await consumer.take(2).sorted { $0.receipt.sequence < $1.receipt.sequence }
            #expect(deliveries.map(\.event) == [.numbered(1), .numbered(3)])
            #expect(deliveries.map(\.attempt) == [1, 1])
            #expect(try await consumer.settle(deliveries.map { .acknowledge($0.receipt) }).isEmpty)
            #expect(try await bus.ledger(of: "orders").isBalanced)
            #expect(try await bus.ledger(of: "orders").acknowledged == 2)
            #expect(try await bus.deadLetters(in: "orders-dead-letters").map(\.sequence) == [2])
            await bus.close()
        }
    }

    @Test func `what is discarded or purged is gone, also after a restart, and the log does not keep it`() async throws
    {
        let bus = try await open()
        try await declare(bus)
        try await bus.publish([.numbered(1), .numbered(2)])
        try await exhaust(bus)
        try await bus.publish([.numbered(3)])
        #expect(try await bus.discard(from: "orders-dead-letters", [2, 7]) == 1)
        let consumer = try await bus.consumer(ofQueue: "orders")
        let taken = try await consumer.take(1)
        #expect(try await bus.purgeQueue("orders") == 1)
        #expect(try await consumer.settle([.acknowledge(taken[0].receipt)]).count == 1)
        let copy = try folder.copy()
        let again = try await open(copy)
        for bus in [bus, again] {
            let (orders, letters) = (
                try await bus.ledger(of: "orders"), try await bus.ledger(of: "orders-dead-letters")
            )
            #expect((orders.purged, orders.pending, orders.inFlight) == (1, 0, 0))
            #expect((letters.discarded, letters.pending) == (1, 1))
            #expect(orders.isBalanced && letters.isBalanced)
            await bus.close()
        }
    }

    @Test func `queues and rules are there after a restart`() async throws {
        let bus = try await open()
        try await declare(bus)
        try await bus.declareQueue("audit")
        let rule = EventRule(
            "seven", try EventPattern(json: #"{"data":[7]}"#), to: ["audit"], isEnabled: false,
            description: "lucky ones")
        try await bus.declareRule(rule)
        try await bus.removeQueue("audit")
        await bus.close()
        let again = try await open()
        let rules = try await again.rules()
        #expect(rules.map(\.name) == ["all", "seven"])
        #expect(rules.map(\.targets) == [["orders"], []])
        #expect(rules.map(\.isEnabled) == [true, false])
        #expect(rules.last?.description == "lucky ones")
        try await again.publish([.numbered(1)])
        #expect(try await again.ledger(of: "orders").published == 1)
        await again.close()
    }

    @Test func `a consumer of a queue that is removed fails with its reason`() async throws {
        let bus = try await open()
        try await declare(bus)
        let consumer = try await bus.consumer(ofQueue: "orders")
        let next = Task { try await consumer.next(atMost: 1) }
        try await bus.removeQueue("orders")
        let error = await #expect(throws: TidingsError.self) { try await next.value }
        #expect(error?.code == .closed)
        await bus.close()
    }
}
