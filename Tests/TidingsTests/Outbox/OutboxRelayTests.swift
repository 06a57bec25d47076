import Synchronization
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct OutboxRelayTests {
    @Test func `events reach the bus in the order of their commits and leave the outbox`() async throws {
        try await Bench.with { bench in
            let all = try await bench.join("all")
            for number in 0..<600 {
                _ = try await bench.database.transaction { try $0.publish(Counted(order: "a", number: number)) }
            }
            try await bench.running(relay: bench.bus) {
                var numbers: [Int] = []
                while numbers.count < 600 {
                    let deliveries = try await all.next(atMost: 1000)
                    numbers += try deliveries.map { try $0.event.decode(Counted.self).number }
                    try await all.settle(deliveries.map { .acknowledge($0.receipt) })
                }
                #expect(numbers == Array(0..<600))
                try await bench.until { try await bench.count("tidings_outbox") == 0 }
            }
        }
    }

    @Test func `a commit wakes the relay without time passing`() async throws {
        try await Bench.with { bench in
            let all = try await bench.join("all")
            try await bench.running(relay: bench.bus) {
                for number in 0..<5 {
                    _ = try await bench.database.transaction { try $0.publish(Counted(order: "a", number: number)) }
                    let delivery = try await all.next(atMost: 1)[0]
                    #expect(try delivery.event.decode(Counted.self).number == number)
                    try await all.settle([.acknowledge(delivery.receipt)])
                }
            }
        }
    }

    @Test func `what the bus refuses stays and is published later`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            bus.refusals.value = 5
            let all = try await bench.join("all")
            let id = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            try await bench.running(relay: bus) {
                try await bench.until(advancing: .milliseconds(100)) { bus.refusals.value == 0 }
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_outbox") == 0 }
                let deliveries = try await all.next(atMost: 10)
                #expect(deliveries.map(\.event.id) == [id])
            }
        }
    }

    @Test func `what was published and not deleted is published again under its id and handled once`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            bus.lostAnswers.value = 2
            let stock = bench.subscriber {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
            }
            try await bench.running(stock, relay: bus) {
                let id = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_outbox") == 0 }
                await bench.bus.waitUntilIdle()
                #expect(bus.published.all == [id.rawValue, id.rawValue, id.rawValue])
                #expect(try await bench.seen() == ["a"])
            }
        }
    }

    @Test func `one relay at a time works on an outbox and another follows when its lease ends`() async throws {
        try await Bench.with { bench in
            let first = StubbornBus(bench.bus)
            let second = StubbornBus(bench.bus)
            let one = OutboxRelay(from: bench.database, to: first, logger: bench.logger)
            let other = OutboxRelay(from: bench.database, to: second, logger: bench.logger)
            func publish() async throws {
                _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
                // Slowly, so that no lease ends because the test ran ahead of its holder.
                try await bench.until(advancing: .milliseconds(2)) { try await bench.count("tidings_outbox") == 0 }
            }
            let running = Task { try await one.run() }
            try await bench.until { try await bench.count("tidings_leases") == 1 }
            let following = Task { try await other.run() }
            for _ in 0..<5 { try await publish() }
            #expect(first.published.all.count == 5)
            #expect(second.published.all.isEmpty)
            running.cancel()
            try await running.value
            try await publish()
            #expect(second.published.all.count == 1)
            // One that comes back has to wait for the lease like any other.
            let again = Task { try await one.run() }
            for _ in 0..<5 { try await publish() }
            #expect(first.published.all.count == 5)
            #expect(second.published.all.count == 6)
            following.cancel()
            again.cancel()
            try await following.value
            try await again.value
        }
    }

    @Test func `large events go in batches that a bus takes`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            let note = String(repeating: "x", count: 3 << 20)
            for order in 0..<8 {
                _ = try await bench.database.transaction { try $0.publish(Placed(order: "\(order)", note: note)) }
            }
            try await bench.running(relay: bus) {
                try await bench.until(advancing: .milliseconds(10)) { try await bench.count("tidings_outbox") == 0 }
                #expect(bus.published.all.count == 8)
            }
        }
    }

    @Test func `no more is read from the outbox than goes to the bus together`() async throws {
        try await Bench.with { bench in
            let (engine, database) = try await bench.watched()
            let note = String(repeating: "x", count: 3 << 20)
            for order in 0..<8 {
                _ = try await bench.database.transaction { try $0.publish(Placed(order: "\(order)", note: note)) }
            }
            let bus = StubbornBus(bench.bus)
            let relay = OutboxRelay(from: database, to: bus, logger: bench.logger)
            let running = Task { try await relay.run() }
            try await bench.until { try await bench.count("tidings_outbox") == 0 }
            running.cancel()
            try await running.value
            #expect(bus.published.all.count == 8)
            #expect(engine.largestAnswer.value > 3 << 20)
            #expect(engine.largestAnswer.value <= 8 << 20)
        }
    }

    @Test(arguments: [Duration.seconds(-90_000), .seconds(90_000)])
    func `a relay follows one that died though the wall clock was set meanwhile`(_ jump: Duration) async throws {
        try await Bench.with { bench in
            let dead = MortalBus(bench.bus)
            let first = OutboxRelay(from: try await bench.mortal(with: dead), to: dead, logger: bench.logger)
            let running = Task { try await first.run() }
            try await bench.until { try await bench.count("tidings_leases") == 1 }
            dead.die()
            running.cancel()
            try await running.value
            bench.clock.jump(by: jump)
            let start = bench.clock.uptime()
            try await bench.running(relay: bench.bus) {
                _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
                try await bench.until(advancing: .milliseconds(10)) { try await bench.count("tidings_outbox") == 0 }
            }
            #expect(bench.clock.uptime() - start >= .seconds(3), "not before the other could be known to be dead")
        }
    }

    @Test func `a relay that has lost its lease removes nothing`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            let relay = OutboxRelay(from: bench.database, to: bus, logger: bench.logger)
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            bus.whilePublishing.withLock { action in
                action = {
                    // It was silent for so long that another one has taken the lease over.
                    _ = try await bench.database.transaction { transaction in
                        let rival = Lease(name: "outbox", owner: "rival")
                        let row = try rival.find(in: transaction)
                        #expect(try rival.take(from: row, in: transaction).owner == "rival")
                    }
                }
            }
            #expect(try await relay.relayBatch() == 0)
            #expect(bus.published.all.count == 1)
            #expect(try await bench.count("tidings_outbox") == 1)
            #expect(try await relay.relayBatch() == 0, "it is not its own any more")
        }
    }

    @Test func `while the bus is down no event is blamed, however many relays wait for it`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            bus.refusals.value = .max
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    let relay = OutboxRelay(from: bench.database, to: bus, logger: bench.logger)
                    group.addTask { try await relay.run() }
                }
                let start = bench.clock.now()
                try await bench.until(advancing: .milliseconds(200)) { bench.clock.now() - start > .seconds(300) }
                #expect(try await bench.database.outboxDepth().setAsideCount == 0)
                let lease = try await bench.database.read { try Lease(name: "outbox", owner: "x").find(in: $0) }
                #expect(lease?.epoch == 1, "the one that waits keeps its lease")
                bus.refusals.value = 0
                try await bench.until(advancing: .milliseconds(200)) { try await bench.count("tidings_outbox") == 0 }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a row that cannot be read is set aside and the rest is published`() async throws {
        try await Bench.with { bench in
            let all = try await bench.join("all")
            for number in 0..<3 {
                _ = try await bench.database.transaction { try $0.publish(Counted(order: "a", number: number)) }
            }
            _ = try await bench.database.transaction {
                try $0.execute("UPDATE tidings_outbox SET envelope = x'00ff' WHERE place = 2")
            }
            try await bench.running(relay: bench.bus) {
                try await bench.until { try await bench.database.outboxDepth().count == 0 }
                let numbers = try await all.next(atMost: 10).map { try $0.event.decode(Counted.self).number }
                #expect(numbers == [0, 2])
                #expect(try await bench.database.outboxDepth().setAsideCount == 1)
            }
        }
    }

    @Test func `an event that no bus would take is refused where it is published`() async throws {
        try await Bench.with { bench in
            let note = String(repeating: "x", count: 17 << 20)
            let error = await #expect(throws: TidingsError.self) {
                _ = try await bench.database.transaction { try $0.publish(Placed(order: "a", note: note)) }
            }
            #expect(error?.code == .invalid)
            let left = try await bench.outbox()
            #expect(left.isEmpty)
        }
    }
}

/// A bus that refuses some publishes, and loses its answer to others.
final class StubbornBus: EventBus {
    private let bus: any EventBus
    let refusals = Dial()
    let lostAnswers = Dial()
    let published = Notes()
    let whilePublishing = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ bus: any EventBus) {
        self.bus = bus
    }

    var capabilities: BusCapabilities { bus.capabilities }

    func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        if refusals.value > 0 {
            refusals.value -= 1
            throw TidingsError(.unavailable, "not now")
        }
        if let action = whilePublishing.withLock({ $0 }) { try await action() }
        let answer = try await bus.publish(events)
        for event in events { published.add(event.id.rawValue) }
        if lostAnswers.value > 0 {
            lostAnswers.value -= 1
            throw TidingsError(.unavailable, "the answer was lost")
        }
        return answer
    }

    func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try await bus.subscribe(subscription)
    }

    func health() async -> BusHealth { await bus.health() }
}
