import Testing
import Tidings
import TidingsTesting

/// What a handler calls is not available, or what it has kept cannot be read.
@Suite(.timeLimit(.minutes(1))) struct UnavailableTests {
    @Test func `what one event finds unavailable parks its key and keeps nothing else`() async throws {
        try await Bench.with { bench in
            let isDown = Dial(1)
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Counted.self) { counted, transaction in
                    if counted.order == "a", counted.number == 1, isDown.value == 1 {
                        throw TidingsError(.unavailable, "no scale")
                    }
                    try transaction.note("\(counted.order)\(counted.number)")
                }
            }
            try await bench.running(stock) {
                try await bench.publish(
                    Counted(order: "a", number: 1), Counted(order: "b", number: 1), Counted(order: "a", number: 2),
                    Counted(order: "b", number: 2))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["b1", "b2"])
                try await bench.pass(.seconds(1000), by: .seconds(10))
                // Where another event was handled after the last attempt, the next one says it again.
                try await bench.until(advancing: .seconds(10)) {
                    stock.health.pausedBecause?.contains("no scale") == true
                }
                try await bench.until { try await bench.database.parkedEvents().map(\.attempts) == [0, 0] }
                isDown.value = 0
                try await bench.until(advancing: .seconds(10)) { try await bench.seen().count == 4 }
                #expect(try await bench.seen() == ["b1", "b2", "a1", "a2"])
                try await bench.until { stock.health.isWorking }
            }
        }
    }

    @Test func `what is unavailable for longer than the horizon begins to count`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let stock = bench.subscriber {
                $0.retry.maximumAttempts = 2
                $0.outageHorizon = .seconds(3600)
            } _: {
                On(Placed.self) { _, _ -> Int in
                    calls.turn()
                    throw TidingsError(.circuitOpen, "gone for good")
                } then: { _, _, _ in
                }
            }
            try await bench.running(stock) {
                let start = bench.clock.now()
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .seconds(5)) { try await bench.database.deadLetterCount() == 1 }
                #expect(bench.clock.now() - start >= .seconds(3600))
                #expect(try await bench.database.deadLetters().first?.attempts == 2)
                #expect(calls.value > 10)
            }
        }
    }

    @Test func `behind an open breaker a poison event runs out of attempts and the others do not`() async throws {
        try await Bench.with { bench in
            let breaker = CircuitBreaker(
                "gateway", service: "payment", threshold: 2, retryAfter: .seconds(5), time: bench.clock)
            let payment = bench.subscriber("payment") {
                $0.effectConcurrency = 1
                $0.retry.maximumAttempts = 4
            } _: {
                On(Placed.self) { placed, _ in
                    try await breaker.call {
                        if placed.order == "poison" { throw Unhappy() }
                        return placed.order
                    }
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "poison"))
                try await bench.until(advancing: .milliseconds(500)) { breaker.state == .open }
                for order in ["a", "b"] { try await bench.publish(Placed(order: order)) }
                try await bench.until(advancing: .milliseconds(500)) {
                    let seen = try await bench.seen().count
                    return try await bench.database.deadLetterCount() == 1 && seen == 2
                }
                #expect(try await bench.database.deadLetters().map(\.event.subject) == ["poison"])
                #expect(try await bench.database.deadLetters().map(\.attempts) == [4])
                #expect(try await bench.seen().sorted() == ["a", "b"])
            }
        }
    }

    @Test func `an outcome that this version cannot read spends nothing and is read by the next one`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            func payment<Outcome: Codable & Sendable>(
                _ outcome: Outcome, fails: Bool = false
            ) -> Subscriber {
                bench.subscriber("payment") {
                    $0.retry.maximumAttempts = 2
                } _: {
                    On(Placed.self) { _, _ in
                        calls.turn()
                        return outcome
                    } then: { placed, outcome, transaction in
                        if fails { throw TidingsError(.unavailable, "not now") }
                        try transaction.note("\(placed.order) \(outcome)")
                    }
                }
            }
            try await bench.running(payment(5, fails: true)) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until { try await bench.count("tidings_effects") == 1 }
                await bench.bus.waitUntilIdle()
            }
            try await bench.running(payment(["five": "six"])) {
                try await bench.until(advancing: .seconds(10)) {
                    let error = try await bench.database.parkedEvents().first?.error
                    return error?.contains("the recorded outcome of the effect of order.placed.v1") == true
                }
                for _ in 0..<20 {
                    bench.clock.advance(by: .seconds(90_000))
                    _ = try await bench.seen()
                }
                #expect(try await bench.database.deadLetterCount() == 0)
            }
            try await bench.running(payment(6)) {
                try await bench.until(advancing: .seconds(10)) { try await bench.seen() == ["a 5"] }
            }
            #expect(calls.value == 1)
        }
    }

    @Test func `a saga that this version cannot read parks its events until one comes that can`() async throws {
        try await Bench.with { bench in
            let trips = bench.subscriber("trips") {
                $0.retry.maximumAttempts = 1
            } _: {
                SagaHandler(Trip.self)
            }
            try await bench.running(trips) {
                try await bench.publish(TripBooked(trip: "a", nights: 2), TripBooked(trip: "b", nights: 2))
                await bench.bus.waitUntilIdle()
                let state = try await bench.database.transaction { transaction in
                    let row = try transaction.query("SELECT state FROM tidings_sagas WHERE id = 'a'")[0]
                    try transaction.execute("UPDATE tidings_sagas SET state = '{}' WHERE id = 'a'")
                    return try row.value("state", as: String.self)
                }
                try await bench.publish(HotelHeld(trip: "a"), HotelHeld(trip: "b"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.database.saga(Trip.self, id: "b")?.stage == "hotelHeld")
                let parked = try #require(try await bench.database.parkedEvents().first)
                #expect(parked.error?.contains("Trip a cannot be read by this version of its service") == true)
                for _ in 0..<20 {
                    bench.clock.advance(by: .seconds(1))
                    _ = try await bench.seen()
                }
                #expect(try await bench.database.deadLetterCount() == 0)
                try await bench.database.transaction {
                    _ = try $0.execute("UPDATE tidings_sagas SET state = \(state) WHERE id = 'a'")
                }
                try await bench.until(advancing: .seconds(1)) {
                    try await bench.database.saga(Trip.self, id: "a")?.stage == "hotelHeld"
                }
            }
        }
    }
}
