import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// What consumers of a queue have out, and what waits, over restarts.
@Suite(.timeLimit(.minutes(2))) struct LeaseTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ folder: TemporaryFolder? = nil) async throws -> EmbeddedEventBus {
        try await .open(folder ?? self.folder, clock)
    }

    private func openWithQueue(delay: Duration = .zero) async throws -> EmbeddedEventBus {
        let bus = try await open()
        var options = QueueOptions()
        options.delay = delay
        try await bus.declareQueue("orders", options)
        try await bus.declareRule(EventRule("all", .all, to: ["orders"]))
        return bus
    }

    /// The bus as a process finds it that opens the folder after this one was killed, or has closed it.
    private func restart(_ bus: EmbeddedEventBus, isKilled: Bool) async throws -> EmbeddedEventBus {
        guard isKilled else {
            await bus.close()
            return try await open()
        }
        // Settlements are durable soon.
        try await bus.checkpoint()
        let copy = try folder.copy()
        await bus.close()
        try copy.replace(folder)
        return try await open()
    }

    @Test(arguments: [false, true])
    func `what is out stays out over a restart, and its receipt settles it`(isKilled: Bool) async throws {
        var bus = try await openWithQueue()
        try await bus.publish([.numbered(1, key: "a"), .numbered(2, key: "a"), .numbered(3, key: "b")])
        let first = try await bus.consumer(ofQueue: "orders").next(atMost: 1)
        clock.advance(by: .seconds(20))
        bus = try await restart(bus, isKilled: isKilled)
        let consumer = try await bus.consumer(ofQueue: "orders")
        // The key of what is out waits, others do not.
        let second = try await consumer.take(1)
        #expect(second.map(\.event.number) == [3])
        #expect(try await consumer.depth().inFlight == 2)
        #expect(try await consumer.settle([.acknowledge(first[0].receipt)]).isEmpty)
        let third = try await consumer.take(1)
        #expect(third.map(\.event.number) == [2])
        #expect(try await bus.ledger(of: "orders").isBalanced)
        await bus.close()
    }

    @Test func `what was out comes back at its time, neither at once nor a whole time-out later`() async throws {
        var bus = try await openWithQueue()
        try await bus.publish([.numbered(1)])
        let first = try await bus.consumer(ofQueue: "orders").next(atMost: 1)
        clock.advance(by: .seconds(20))
        bus = try await restart(bus, isKilled: true)
        let consumer = try await bus.consumer(ofQueue: "orders")
        clock.advance(by: .seconds(9))
        #expect(try await consumer.depth().inFlight == 1)
        clock.advance(by: .seconds(1))
        #expect(try await consumer.depth().pending == 1)
        #expect(try await consumer.settle([.acknowledge(first[0].receipt)]) == [first[0].receipt])
        let again = try await consumer.take(1)
        #expect(again.map(\.attempt) == [2])
        #expect(again.map(\.event) == [.numbered(1)])
        await bus.close()
    }

    @Test(arguments: [false, true])
    func `extensions, retries and releases hold over a restart`(isKilled: Bool) async throws {
        var bus = try await openWithQueue()
        try await bus.publish((1...3).map { .numbered($0) })
        let consumer = try await bus.consumer(ofQueue: "orders")
        let taken = try await consumer.take(3)
        try await consumer.settle([
            .extend(taken[0].receipt, by: .seconds(300)), .retry(taken[1].receipt, after: .seconds(120)),
            .release(taken[2].receipt),
        ])
        bus = try await restart(bus, isKilled: isKilled)
        let again = try await bus.consumer(ofQueue: "orders")
        #expect(try await again.take(1).map(\.event.number) == [3])
        #expect(try await again.depth().inFlight == 3)
        #expect(try await again.settle([.acknowledge(taken[1].receipt)]).count == 1)
        clock.advance(by: .seconds(120))
        let due = try await again.take(2)
        #expect(due.map(\.event.number).sorted() == [2, 3])
        #expect(due.map(\.attempt) == [2, 2])
        #expect(try await again.settle([.acknowledge(taken[0].receipt)]).isEmpty)
        await bus.close()
    }

    @Test func `a clock that was set back does not keep what is out for longer than its time-out`() async throws {
        var bus = try await openWithQueue()
        try await bus.publish([.numbered(1)])
        _ = try await bus.consumer(ofQueue: "orders").next(atMost: 1)
        clock.jump(by: .seconds(-86_400))
        bus = try await restart(bus, isKilled: true)
        let consumer = try await bus.consumer(ofQueue: "orders")
        clock.advance(by: .seconds(30))
        #expect(try await consumer.take(1).map(\.attempt) == [2])
        await bus.close()
    }

    @Test(arguments: [false, true])
    func `what waits goes on waiting over a restart`(isKilled: Bool) async throws {
        var bus = try await openWithQueue(delay: .seconds(60))
        var late = Envelope.numbered(2)
        late.notBefore = clock.now() + .seconds(3600)
        try await bus.publish([.numbered(1), late])
        clock.advance(by: .seconds(30))
        bus = try await restart(bus, isKilled: isKilled)
        #expect(try await bus.ledger(of: "orders").delayed == 2)
        let consumer = try await bus.consumer(ofQueue: "orders")
        clock.advance(by: .seconds(30))
        let first = try await consumer.take(1)
        #expect(first.map(\.event.number) == [1])
        try await consumer.settle([.acknowledge(first[0].receipt)])
        clock.advance(by: .seconds(3539))
        #expect(try await consumer.depth().delayed == 1)
        clock.advance(by: .seconds(1))
        #expect(try await consumer.take(1).map(\.event.number) == [2])
        #expect(try await bus.ledger(of: "orders").isBalanced)
        await bus.close()
    }

    @Test func `a lease holds for an event that had to wait, whatever the clock says after a restart`() async throws {
        var bus = try await openWithQueue(delay: .seconds(60))
        try await bus.publish([.numbered(1)])
        clock.advance(by: .seconds(60))
        let taken = try await bus.consumer(ofQueue: "orders").take(1)
        clock.jump(by: .seconds(-50))
        bus = try await restart(bus, isKilled: true)
        #expect(try await bus.ledger(of: "orders").inFlight == 1)
        let stale = try await bus.consumer(ofQueue: "orders").settle(taken.map { .acknowledge($0.receipt) })
        #expect(stale.isEmpty)
        await bus.close()
    }

    @Test func `a dead letter that was out at a restart can be redriven once its time-out has ended`() async throws {
        var bus = try await openWithQueue()
        try await bus.publish([.numbered(1)])
        let taken = try await bus.consumer(ofQueue: "orders").take(1)
        try await bus.consumer(ofQueue: "orders").settle([.deadLetter(taken[0].receipt, reason: "it is wrong")])
        _ = try await bus.consumer(ofQueue: "orders-dead-letters").take(1)
        bus = try await restart(bus, isKilled: true)
        #expect(try await bus.redrive(from: "orders-dead-letters") == 0)
        clock.advance(by: .seconds(30))
        #expect(try await bus.redrive(from: "orders-dead-letters") == 1)
        await bus.close()
    }

    @Test func `a receipt of an earlier process settles nothing of a consumer group`() async throws {
        let bus = try await open()
        func join(_ bus: EmbeddedEventBus) async throws -> any EventConsumer {
            try await bus.subscribe(Subscription(group: "readers", pattern: .all))
        }
        let consumer = try await join(bus)
        try await bus.publish([.numbered(1)])
        let first = try await consumer.take(1)
        try await consumer.settle([.retry(first[0].receipt, after: .zero)])
        let second = try await consumer.take(1)
        let again = try await restart(bus, isKilled: true)
        let reader = try await join(again)
        #expect(try await reader.take(1).map(\.attempt) == [3])
        #expect(try await reader.settle([.acknowledge(second[0].receipt)]) == [second[0].receipt])
        await again.close()
    }

    @Test func `a delivery that can never succeed is a dead letter at once, with its reason`() async throws {
        var bus = try await openWithQueue()
        try await bus.publish([.numbered(1, key: "a"), .numbered(2, key: "a")])
        let consumer = try await bus.consumer(ofQueue: "orders")
        let taken = try await consumer.next(atMost: 1)
        let stale = try await consumer.settle([
            .deadLetter(taken[0].receipt, reason: "no such customer"), .acknowledge(taken[0].receipt),
        ])
        #expect(stale == [taken[0].receipt])
        // Its key goes on.
        #expect(try await consumer.take(1).map(\.event.number) == [2])
        bus = try await restart(bus, isKilled: true)
        let letters = try await bus.deadLetters(in: "orders-dead-letters")
        #expect(letters.map(\.reason) == ["no such customer"])
        #expect(letters.map(\.attempts) == [1])
        #expect(try await bus.ledger(of: "orders").movedOut == 1)
        let undertaker = try await bus.consumer(ofQueue: "orders-dead-letters")
        let letter = try await undertaker.take(1)
        await #expect(throws: TidingsError.self) {
            try await undertaker.settle([.deadLetter(letter[0].receipt, reason: "deader")])
        }
        for reason in ["", String(repeating: "x", count: 1025)] {
            await #expect(throws: TidingsError.self) {
                try await consumer.settle([.deadLetter(taken[0].receipt, reason: reason)])
            }
        }
        await bus.close()
    }
}
