import Testing
import Tidings
import TidingsTesting

/// How long a batch may be worked on: as long as it takes, and no longer than it is held.
@Suite(.timeLimit(.minutes(1))) struct BatchHoldTests {
    /// An effect that waits for a time by the bench's clock, and counts.
    private func member(_ bench: Bench, _ bus: (any EventBus)? = nil, calls: Notes, takes: Duration) -> Subscriber {
        var options = SubscriberOptions()
        options.effectTimeout = .seconds(3600)
        return Subscriber(
            "payment", bus: bus ?? bench.bus, database: bench.database, options: options, logger: bench.logger
        ) {
            On(Placed.self) { placed, _ in
                calls.add(placed.order)
                if placed.order == "slow" { try await bench.clock.sleep(for: takes) }
                return placed.order
            } then: { _, order, transaction in
                try transaction.note(order)
            }
        }
    }

    @Test func `a slow effect and its neighbours run once though the batch outlives its time-out several times`()
        async throws
    {
        try await Bench.with { bench in
            let calls = Notes()
            try await bench.join("payment")
            try await bench.publish(Placed(order: "slow"))
            for number in 0..<20 { try await bench.publish(Placed(order: "\(number)")) }
            let members = [
                member(bench, calls: calls, takes: .seconds(250)),
                member(bench, UnreliableBus(bench.bus), calls: calls, takes: .seconds(250)),
            ]
            try await bench.running(members[0], members[1]) {
                try await bench.until(advancing: .milliseconds(500)) { try await bench.seen().count == 21 }
                await bench.bus.waitUntilIdle()
                #expect(calls.all.count == 21)
                #expect(Set(calls.all).count == 21)
            }
        }
    }

    @Test func `an outcome is recorded while another effect of its batch still runs`() async throws {
        try await Bench.with { bench in
            let calls = Notes()
            try await bench.join("payment")
            try await bench.publish(Placed(order: "slow"), Placed(order: "a"), Placed(order: "b"))
            try await bench.running(member(bench, calls: calls, takes: .seconds(30))) {
                try await bench.until { try await bench.count("tidings_effects") == 2 }
                #expect(try await bench.seen().isEmpty)
            }
            // The process has died with the slow one under way.
            try await bench.running(member(bench, calls: calls, takes: .zero)) {
                try await bench.until(advancing: .seconds(1)) { try await bench.seen().count == 3 }
                #expect(calls.all.sorted() == ["a", "b", "slow", "slow"])
            }
        }
    }

    @Test func `once an extension fails, what has not begun does not begin`() async throws {
        try await Bench.with { bench in
            let calls = Notes()
            let bus = UnreliableBus(bench.bus)
            var options = SubscriberOptions()
            options.effectTimeout = .seconds(3600)
            options.effectConcurrency = 1
            options.concurrency = 1
            let payment = Subscriber(
                "payment", bus: bus, database: bench.database, options: options, logger: bench.logger
            ) {
                On(Placed.self) { placed, _ in
                    calls.add("\(placed.order) of \(bus.deliveries.value)")
                    if placed.order == "slow", calls.all.count == 1 {
                        // Until one extension was asked for, which is lost.
                        bus.lostSettlements.value = 1
                        while bus.lostSettlements.value == 1 { try await bench.clock.sleep(for: .seconds(1)) }
                    }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.join("payment")
            try await bench.publish(Placed(order: "slow"), Placed(order: "a"))
            try await bench.running(payment) {
                try await bench.until(advancing: .seconds(1)) { try await bench.count("tidings_effects") == 1 }
                // The batch is given back with what has begun and what has not; the outcome that was recorded stays.
                try await bench.until(advancing: .seconds(1)) { try await bench.seen().count == 2 }
                #expect(calls.all == ["slow of 2", "a of 4"])
                #expect(bus.deliveries.value == 4)
            }
        }
    }

    @Test func `what has not begun does not begin once the process stood still for longer than its batch is held`()
        async throws
    {
        try await Bench.with { bench in
            let calls = Notes()
            let bus = UnreliableBus(bench.bus)
            var options = SubscriberOptions()
            options.effectTimeout = .seconds(3600)
            options.effectConcurrency = 1
            options.concurrency = 1
            let (clock, pause) = (bench.clock, options.visibilityTimeout + .seconds(1))
            let payment = Subscriber(
                "payment", bus: bus, database: bench.database, options: options, logger: bench.logger
            ) {
                On(Placed.self) { placed, _ in
                    calls.add("\(placed.order) of \(bus.deliveries.value)")
                    // All time passes at once, and nothing has its turn meanwhile.
                    if calls.all.count == 1 { clock.advance(by: pause) }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.join("payment")
            try await bench.publish(Placed(order: "a"), Placed(order: "b"))
            try await bench.running(payment) {
                try await bench.until(advancing: .seconds(1)) { try await bench.seen().count == 2 }
                #expect(calls.all == ["a of 2", "b of 4"])
            }
        }
    }

    @Test func `a parked event that is tried for long is not tried by another member meanwhile`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let payment = bench.subscriber("payment") {
                $0.effectTimeout = .seconds(3600)
            } _: {
                On(Placed.self) { placed, _ in
                    if calls.turn() == 1 { throw Unhappy() }
                    try await bench.clock.sleep(for: .seconds(300))
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(100)) {
                    _ = try await bench.seen()
                    return calls.value == 2
                }
                let rivals = ParkedEvents(consumer: "payment", afterDeadLetter: .continue, types: [Placed.type])
                try await bench.until(advancing: .milliseconds(500)) {
                    let now = bench.clock.now()
                    let stolen = try await bench.database.transaction {
                        try rivals.claim(
                            atMost: 1, dueAt: now, until: now + .seconds(60), as: "rival", in: $0
                        ).count
                    }
                    #expect(stolen == 0)
                    return try await bench.seen() == ["a"]
                }
                #expect(calls.value == 2)
            }
        }
    }

    @Test func `an event that another member has taken over meanwhile is handled by that member alone`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let rivals = ParkedEvents(consumer: "payment", afterDeadLetter: .continue, types: [Placed.type])
            let payment = bench.subscriber("payment") {
                On(Placed.self) { placed, effect in
                    if calls.turn() == 1 { throw Unhappy() }
                    _ = try await effect.database.transaction { transaction in
                        // As if this member had been silent for too long.
                        try transaction.execute("UPDATE tidings_parked SET due_at = 0")
                        let now = transaction.now
                        let taken = try rivals.claim(
                            atMost: 1, dueAt: now, until: now + .seconds(3600), as: "rival", in: transaction)
                        #expect(taken.count == 1)
                    }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(100)) { try await bench.count("tidings_effects") == 1 }
                for _ in 0..<20 {
                    bench.clock.advance(by: .seconds(10))
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(try await bench.seen().isEmpty)
                #expect(try await bench.count("tidings_parked", where: "claim = 'rival'") == 1)
                #expect(calls.value == 2)
            }
        }
    }

    @Test func `an attempt that was cut short by the end of the process is not counted`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let payment = bench.subscriber("payment") {
                On(Placed.self) { _, _ in
                    if calls.turn() == 1 { throw Unhappy() }
                    try await bench.clock.sleep(for: .seconds(20))
                    return 1
                } then: { _, _, _ in
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(100)) { calls.value == 2 }
            }
            let parked = try #require(try await bench.database.parkedEvents().first)
            #expect(parked.attempts == 1)
            #expect(parked.dueAt <= bench.clock.now(), "it is tried at once after the start")
        }
    }

    @Test func `a claim that another member has taken over is settled by that member alone`() async throws {
        try await Bench.with { bench in
            let parked = ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [Placed.type])
            let event = try bench.envelope(of: Placed(order: "a"))
            try await bench.database.transaction { transaction in
                let now = transaction.now
                try parked.insert(waiting: event, at: now, in: transaction)
                let first = try parked.claim(atMost: 1, dueAt: now, until: now, as: "first", in: transaction)
                let second = try parked.claim(
                    atMost: 1, dueAt: now, until: now + .seconds(60), as: "second", in: transaction)
                #expect(second.map(\.claim.attempts) == [2])
                #expect(try parked.held(first.map(\.claim), in: transaction).isEmpty)
                #expect(try parked.held(second.map(\.claim), in: transaction).count == 1)
                #expect(try !parked.extend(first.map(\.claim), until: now + .seconds(9), in: transaction))
                try parked.restore(first.map(\.claim), at: now, in: transaction)
                #expect(try parked.nextDue(in: transaction) == now + .seconds(60))
                #expect(try parked.extend(second.map(\.claim), until: now + .seconds(90), in: transaction))
                #expect(try parked.nextDue(in: transaction) == now + .seconds(90))
            }
        }
    }
}
