import Synchronization
import Testing
import Tidings
import TidingsTesting

/// Events, time-outs and rows that kill the process that works on them.
@Suite(.timeLimit(.minutes(1)))
struct KillerTests {
    /// Starts a process again and again until it has done all it is to do, or has died too often.
    /// - Returns: how often it died.
    private func lives(
        _ bench: Bench, killer: String? = nil, step: Duration = .milliseconds(500),
        until isDone: @escaping @Sendable () async throws -> Bool,
        _ process: @escaping @Sendable (MortalBus, ServiceDatabase) async throws -> Void
    ) async throws -> Int {
        for deaths in 0..<60 {
            let bus = MortalBus(bench.bus, killer: killer)
            let database = try await bench.mortal(with: bus)
            let running = Task { try await process(bus, database) }
            try await bench.until(advancing: step) {
                if bus.isDead { return true }
                return try await isDone()
            }
            let isDead = bus.isDead
            running.cancel()
            try await running.value
            if !isDead { return deaths }
            // What the dead one had comes back.
            bench.clock.advance(by: .seconds(61))
        }
        Issue.record("it dies for ever")
        return 60
    }

    private func stock(
        _ bench: Bench, _ bus: MortalBus, _ database: ServiceDatabase, limit: Int = 10,
        _ body: @escaping @Sendable (Rang, Transaction) throws -> Void
    ) -> Subscriber {
        var options = SubscriberOptions()
        options.batchSize = 10
        options.deliveryLimit = limit
        options.retry = RetryPolicy(initialDelay: .seconds(1), maximumDelay: .seconds(1))
        return Subscriber("stock", bus: bus, database: database, options: options, logger: bench.logger) {
            On(Rang.self) { rang, transaction in
                try body(rang, transaction)
                try transaction.note(rang.bell)
            }
        }
    }

    @Test(arguments: [(place: 0, limit: 10), (place: 5, limit: 10), (place: 29, limit: 5), (place: 0, limit: 2)])
    func `an event that kills its consumer is the only dead letter and its neighbours are handled`(
        place: Int, limit: Int
    ) async throws {
        try await Bench.with { bench in
            try await bench.join("stock")
            for number in 0..<30 { try await bench.publish(Rang(bell: number == place ? "killer" : "\(number)")) }
            let deaths = try await lives(bench) {
                let letters = try await bench.database.deadLetterCount()
                return try await bench.seen().count == 29 && letters == 1
            } _: { bus, database in
                try await stock(bench, bus, database, limit: limit) { rang, _ in
                    if rang.bell == "killer" { bus.die() }
                }.run()
            }
            #expect(deaths == limit)
            let letters = try await bench.database.deadLetters(matching: .init(consumer: "stock"))
            #expect(try letters.map { try $0.event.decode(Rang.self).bell } == ["killer"])
            #expect(letters.first?.error.contains("begun \(limit) times and never ended") == true)
            #expect(Set(try await bench.seen()) == Set((0..<30).filter { $0 != place }.map(String.init)))
        }
    }

    @Test func `a parked event that kills its consumer is contained as well`() async throws {
        try await Bench.with { bench in
            try await bench.join("stock")
            for number in 0..<20 { try await bench.publish(Rang(bell: number == 7 ? "killer" : "\(number)")) }
            let isParked = Dial()
            let deaths = try await lives(bench) {
                let letters = try await bench.database.deadLetterCount()
                return try await bench.seen().count == 19 && letters == 1
            } _: { bus, database in
                try await stock(bench, bus, database) { rang, transaction in
                    // All fail at first, and are parked together.
                    if isParked.value < 20 {
                        isParked.turn()
                        throw Unhappy()
                    }
                    if rang.bell == "killer" { bus.die() }
                }.run()
            }
            #expect(deaths == 10)
            let letters = try await bench.database.deadLetters()
            #expect(try letters.map { try $0.event.decode(Rang.self).bell } == ["killer"])
            #expect(letters.first?.error.contains("never ended") == true)
        }
    }

    @Test func `an event of another subscriber that is under way at each death is handled and not blamed`() async throws
    {
        try await Bench.with { bench in
            try await bench.join("stock")
            try await bench.join("mail")
            try await bench.publish(Rang(bell: "killer"))
            let deaths = try await lives(bench) {
                let letters = try await bench.database.deadLetterCount()
                return try await bench.seen() == ["mail"] && letters == 1
            } _: { bus, database in
                let killed = stock(bench, bus, database) { _, _ in bus.die() }
                let mail = Subscriber("mail", bus: bus, database: database, logger: bench.logger) {
                    On(Rang.self) { _, _ in
                        // It is under way whenever the other one dies.
                        try await bench.clock.sleep(for: .seconds(3))
                        return 1
                    } then: { _, _, transaction in
                        try transaction.note("mail")
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for subscriber in [killed, mail] { group.addTask { try await subscriber.run() } }
                    try await group.waitForAll()
                }
            }
            #expect(deaths == 10)
            #expect(try await bench.database.deadLetters().map(\.consumer) == ["stock"])
        }
    }

    @Test func `what is suspect is tried alone, and the rest goes on in full batches`() async throws {
        try await Bench.with { bench in
            let claims = Notes()
            let stock = bench.subscriber {
                $0.concurrency = 1
            } _: {
                On(Rang.self) { rang, transaction in
                    let claimed = try transaction.query(
                        "SELECT count(*) AS n FROM tidings_parked WHERE claim IS NOT NULL")
                    claims.add("\(rang.bell) \(try claimed[0].value("n", as: Int.self))")
                    try transaction.note(rang.bell)
                }
            }
            let victim = try await bench.join("stock", visibilityTimeout: .seconds(1))
            try await bench.publish(Rang(bell: "a"), Rang(bell: "b"))
            for _ in 1...4 {
                #expect(try await victim.next(atMost: 2).count == 2)
                bench.clock.advance(by: .seconds(2))
            }
            for bell in ["c", "d", "e"] { try await bench.publish(Rang(bell: bell)) }
            try await bench.running(stock) {
                try await bench.until { try await bench.seen().count == 5 }
                #expect(claims.all.sorted() == ["a 1", "b 1", "c 0", "d 0", "e 0"])
            }
        }
    }

    @Test func `a time-out that kills its service is given up and the sagas beside it go on`() async throws {
        try await Bench.with { bench in
            try await bench.join("parcels")
            for number in 0..<20 { try await bench.publish(Placed(order: number == 7 ? "killer" : "\(number)")) }
            let deaths = try await lives(bench) {
                let stuck = try await bench.count("tidings_sagas", where: "begun = 10 AND wake_at IS NULL")
                return try await bench.count("tidings_sagas", where: "status = 'completed'") == 19 && stuck == 1
            } _: { bus, database in
                Deadly.bus.withLock { $0 = bus }
                try await Subscriber("parcels", bus: bus, database: database, logger: bench.logger) {
                    SagaHandler(Deadly.self)
                }.run()
            }
            #expect(deaths == 10)
            #expect(try await bench.database.saga(Deadly.self, id: "killer")?.status == .stuck)
            // What happens to it otherwise goes on, and brings the time-out back no more than it ends the saga.
            Deadly.bus.withLock { $0 = nil }
            try await bench.running(bench.subscriber("parcels") { SagaHandler(Deadly.self) }) {
                try await bench.publish(Counted(order: "killer", number: 1))
                try await bench.until(advancing: .seconds(1)) { try await bench.outbox().contains("trip.done.v1") }
                #expect(try await bench.database.saga(Deadly.self, id: "killer")?.status == .stuck)
                #expect(try await bench.outbox().contains("trip.lost.v1") == false)
            }
            // With a new version a person lets it go on.
            try await bench.running(bench.subscriber("parcels") { SagaHandler(Deadly.self) }) {
                #expect(try await bench.database.retryCompensation(ofSaga: "Deadly", id: "killer"))
                try await bench.until(advancing: .milliseconds(100)) {
                    try await bench.database.saga(Deadly.self, id: "killer")?.status == .completed
                }
            }
        }
    }

    @Test func `an event of the outbox that kills its service is set aside and the rest is published`() async throws {
        try await Bench.with { bench in
            let all = try await bench.join("all")
            for number in 0..<20 {
                _ = try await bench.database.transaction {
                    try $0.publish(Placed(order: number == 7 ? "killer" : "\(number)"))
                }
            }
            let deaths = try await lives(bench, killer: "killer") {
                try await bench.database.outboxDepth().count == 0
            } _: { bus, database in
                try await OutboxRelay(from: database, to: bus, logger: bench.logger).run()
            }
            #expect(deaths == 10)
            let depth = try await bench.database.outboxDepth()
            #expect(depth.setAsideCount == 1)
            #expect(depth.oldest == nil)
            let orders = try await all.next(atMost: 100).map { try $0.event.decode(Placed.self).order }
            #expect(orders == (0..<20).filter { $0 != 7 }.map(String.init))
            #expect(try await bench.count("tidings_outbox", where: "error LIKE '%never published%'") == 1)
        }
    }
}

/// A saga whose time-out kills the process.
private struct Deadly: Saga {
    typealias ID = String

    enum Stage: String, Codable {
        case open, ended
    }

    let order: String
    var stage = Stage.open

    static let bus = Mutex<MortalBus?>(nil)

    static var definition: SagaDefinition<Deadly> {
        Starts(on: Placed.self, id: \.order) { Deadly(order: $0.order) }
        When(Placed.self, id: \.order) { saga, _ in
            [.step("shelf", compensation: TripLost(trip: saga.order), compensatedBy: TripLost.self)]
        }
        When(Counted.self, id: \.order) { saga, _ in [.publish(TripDone(trip: saga.order))] }
        Timeout(after: .seconds(10), in: .open) { saga in
            if saga.order == "killer" { bus.withLock { $0?.die() } }
            saga.stage = .ended
            return [.complete]
        }
    }
}
