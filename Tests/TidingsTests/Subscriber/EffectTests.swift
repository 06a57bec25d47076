import Foundation
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct EffectTests {
    @Test func `the outcome of an effect is recorded and not asked for again when then fails`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let attempts = Dial()
            let payment = bench.subscriber("payment") {
                On(Placed.self) { _, _ in
                    calls.turn()
                } then: { placed, outcome, transaction in
                    if attempts.turn() < 3 { throw Unhappy() }
                    try transaction.note("\(placed.order) \(outcome)")
                    try transaction.publish(Reserved(order: placed.order))
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(200)) { try await bench.seen() == ["a 1"] }
                #expect(calls.value == 1)
                #expect(attempts.value == 3)
                #expect(try await bench.outbox() == ["stock.reserved.v1"])
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `an event with an effect is synced once, with what was made of the outcome`() async throws {
        try await Bench.with { bench in
            let (engine, database) = try await bench.watched()
            let payment = Subscriber("payment", bus: bench.bus, database: database, logger: bench.logger) {
                On(Placed.self) { _, _ in
                    "charged"
                } then: { _, outcome, transaction in
                    try transaction.note(outcome)
                }
            }
            try await bench.running(payment) {
                let before = engine.syncedWrites.value
                try await bench.publish(Placed(order: "a"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["charged"])
                #expect(engine.syncedWrites.value - before == 1)
            }
        }
    }

    @Test func `outcomes that come while the database is busy share a commit, and none is lost`() async throws {
        try await Bench.with { bench in
            let (engine, database) = try await bench.watched()
            let outcomes = EffectOutcomes(consumer: "payment")
            let recorder = OutcomeRecorder(outcomes, in: database)
            let count = 20
            let (called, isBusy) = (Dial(), Dial())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await engine.write(.relaxed) { _ in
                        isBusy.turn()
                        while called.value < count { usleep(100) }
                    }
                }
                try await bench.until { isBusy.value == 1 }
                for number in 0..<count {
                    let event = try bench.envelope(of: Rang(bell: "\(number)"))
                    group.addTask {
                        called.turn()
                        try await recorder.record(EventBytes("\(number)"), of: event)
                    }
                }
                try await group.waitForAll()
            }
            let recorded = try await engine.read { try outcomes.list(in: $0) }
            #expect(Set(recorded.map(\.text)) == Set((0..<count).map(String.init)))
            #expect(engine.writes.value < count / 2)
        }
    }

    @Test func `an effect is not repeated when its event comes again`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let payment = bench.subscriber("payment") {
                On(Rang.self) { _, _ in
                    calls.turn()
                } then: { rang, _, transaction in
                    try transaction.note(rang.bell)
                }
            }
            try await bench.join("payment")
            let event = try bench.envelope(of: Rang(bell: "a"))
            try await bench.bus.publish([event, event])
            try await bench.running(payment) {
                await bench.bus.waitUntilIdle()
                try await bench.bus.publish([event])
                await bench.bus.waitUntilIdle()
                #expect(calls.value == 1)
                #expect(try await bench.seen() == ["a"])
            }
        }
    }

    @Test func `a call that meets an open circuit spends no attempt`() async throws {
        try await Bench.with { bench in
            let isOpen = Dial(1)
            let calls = Dial()
            let payment = bench.subscriber("payment") {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { placed, _ in
                    calls.turn()
                    if placed.order != "free", isOpen.value == 1 {
                        throw TidingsError(.circuitOpen, "the gateway is down")
                    }
                    return placed.order
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"), Placed(order: "b"), Placed(order: "free"))
                try await bench.until(advancing: .milliseconds(100)) { calls.value > 12 }
                try await bench.until { payment.health.pausedBecause?.contains("the gateway is down") == true }
                // What did not meet it goes on.
                #expect(try await bench.seen() == ["free"])
                isOpen.value = 0
                try await bench.until(advancing: .milliseconds(100)) { try await bench.seen().count == 3 }
                #expect(try await bench.seen().sorted() == ["a", "b", "free"])
                #expect(try await bench.count("tidings_parked") == 0)
                try await bench.until(advancing: .milliseconds(100)) { payment.health.isWorking }
            }
        }
    }

    @Test func `a gateway that is down for a minute turns nothing into a dead letter`() async throws {
        try await Bench.with { bench in
            let isDown = Dial(1)
            let breaker = CircuitBreaker(
                "gateway", service: "payment", threshold: 2, retryAfter: .seconds(5), time: bench.clock)
            let payment = bench.subscriber("payment") {
                $0.concurrency = 1
                $0.effectConcurrency = 1
                $0.retry.maximumAttempts = 3
            } _: {
                On(Placed.self) { placed, _ in
                    try await breaker.call {
                        if isDown.value == 1 { throw TidingsError(.unavailable, "no route to the gateway") }
                        return placed.order
                    }
                } then: { _, order, transaction in
                    try transaction.note(order)
                }
            }
            try await bench.running(payment) {
                for order in 0..<10 { try await bench.publish(Placed(order: "\(order)")) }
                for _ in 0..<200 {
                    bench.clock.advance(by: .milliseconds(300))
                    _ = try await bench.seen()
                }
                #expect(try await bench.seen().isEmpty)
                #expect(try await bench.database.deadLetterCount() == 0)
                isDown.value = 0
                try await bench.until(advancing: .milliseconds(300)) { try await bench.seen().count == 10 }
            }
        }
    }

    @Test func `effects of one key run in order`() async throws {
        try await Bench.with { bench in
            let calls = Notes()
            let payment = bench.subscriber("payment") {
                On(Counted.self) { counted, _ in
                    for _ in 0..<(10 - counted.number) { await Task.yield() }
                    calls.add("\(counted.order)\(counted.number)")
                    return counted.number
                } then: { counted, _, transaction in
                    try transaction.note("\(counted.order)\(counted.number)")
                }
            }
            try await bench.join("payment")
            for number in 0..<10 {
                try await bench.publish(Counted(order: "a", number: number), Counted(order: "b", number: number))
            }
            try await bench.running(payment) {
                try await bench.until { try await bench.seen().count == 20 }
                for key in ["a", "b"] {
                    let order = (0..<10).map { "\(key)\($0)" }
                    #expect(calls.all.filter { $0.hasPrefix(key) } == order)
                    #expect(try await bench.seen().filter { $0.hasPrefix(key) } == order)
                }
            }
        }
    }

    @Test func `an effect sees what the handlers of earlier events of its key have committed`() async throws {
        try await Bench.with { bench in
            let payment = bench.subscriber("payment") {
                On(Placed.self) { placed, transaction in try transaction.note(placed.order) }
                On(Counted.self) { counted, effect in
                    try await effect.database.read { connection in
                        try connection.query("SELECT what FROM seen WHERE what = \(counted.order)").count
                    }
                } then: { _, found, transaction in
                    try transaction.note("found \(found)")
                }
            }
            try await bench.join("payment")
            try await bench.publish(Placed(order: "a"), Counted(order: "a", number: 1))
            try await bench.running(payment) {
                try await bench.until { try await bench.seen().count == 2 }
                #expect(try await bench.seen() == ["a", "found 1"])
            }
        }
    }

    @Test func `an effect that fails parks its event and those of its key behind it`() async throws {
        try await Bench.with { bench in
            let calls = Notes()
            let broken = Dial(1)
            let payment = bench.subscriber("payment") {
                On(Counted.self) { counted, _ in
                    calls.add("\(counted.order)\(counted.number)")
                    if counted.order == "a", counted.number == 0, broken.value == 1 { throw Unhappy() }
                    return true
                } then: { counted, _, transaction in
                    try transaction.note("\(counted.order)\(counted.number)")
                }
            }
            try await bench.join("payment")
            try await bench.publish(
                Counted(order: "a", number: 0), Counted(order: "a", number: 1), Counted(order: "b", number: 0))
            try await bench.running(payment) {
                try await bench.until { try await bench.seen() == ["b0"] }
                await bench.bus.waitUntilIdle()
                #expect(!calls.all.contains("a1"))
                #expect(try await bench.count("tidings_parked") == 2)
                broken.value = 0
                try await bench.until(advancing: .milliseconds(200)) { try await bench.seen() == ["b0", "a0", "a1"] }
            }
        }
    }

    @Test func `the idempotency key is the same for every attempt and differs by consumer and by event`() async throws {
        try await Bench.with { bench in
            let keys = Notes()
            let attempts = Dial()
            func consumer(_ name: String, fails: Bool) -> Subscriber {
                bench.subscriber(name) {
                    On(Placed.self) { _, effect in
                        keys.add("\(name) \(effect.envelope.source) \(effect.idempotencyKey)")
                        if fails, attempts.turn() < 3 { throw Unhappy() }
                        return true
                    } then: { placed, _, transaction in
                        try transaction.note(name)
                    }
                }
            }
            try await bench.running(consumer("payment", fails: true), consumer("mail", fails: false)) {
                let event = try bench.envelope(of: Placed(order: "a"))
                var namesake = event
                namesake.source = "/elsewhere"
                try await bench.bus.publish([event, namesake])
                try await bench.until(advancing: .milliseconds(200)) { try await bench.seen().count == 4 }
                #expect(keys.all.count > 4)
                #expect(Set(keys.all).count == 4)
                #expect(Set(keys.all.compactMap { $0.split(separator: " ").last }).count == 4)
            }
        }
    }
}
