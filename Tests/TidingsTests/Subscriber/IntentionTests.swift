import Dispatch
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(1)))
struct IntentionTests {
    @Test func `what an effect will ask for is in the database before it asks, and stays if no answer comes`()
        async throws
    {
        try await Bench.with { bench in
            let payment = bench.subscriber("payment") {
                $0.retry.maximumAttempts = 1
            } _: {
                On(Placed.self) { placed, effect, transaction in
                    try transaction.note("charging \(placed.order) with \(effect.idempotencyKey)")
                } effect: { _, _, effect -> Int in
                    // Another connection sees only what was committed.
                    let seen = try await effect.database.read { try $0.query("SELECT what FROM seen").count }
                    throw NotRetryable("no answer, after \(seen) intention")
                } then: { _, _, _ in
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                #expect(try await bench.database.deadLetters().map(\.error) == ["no answer, after 1 intention"])
                let seen = try await bench.seen()
                #expect(seen.count == 1)
                #expect(seen.first?.hasPrefix("charging a with payment:/test:") == true)
            }
        }
    }

    @Test func `an intention is written before each attempt, and not once there is an outcome`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let endings = Dial()
            let payment = bench.subscriber("payment") {
                On(Placed.self) { placed, _, transaction in
                    try transaction.note("intended")
                    return try transaction.query("SELECT what FROM seen").count
                } effect: { _, attempt, _ in
                    if calls.turn() < 3 { throw Unhappy() }
                    return attempt
                } then: { _, attempt, transaction in
                    if endings.turn() < 3 { throw Unhappy() }
                    try transaction.note("ended after \(attempt)")
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "a"))
                try await bench.until(advancing: .milliseconds(200)) { try await bench.count("tidings_inbox") == 1 }
                try await bench.until(advancing: .milliseconds(200)) {
                    try await bench.seen() == ["intended", "intended", "intended", "ended after 3"]
                }
                #expect(calls.value == 3)
            }
        }
    }

    @Test func `an effect does not run if its intention fails, and nothing of that is kept`() async throws {
        try await Bench.with { bench in
            let calls = Dial()
            let payment = bench.subscriber("payment") {
                On(Placed.self) { placed, _, transaction in
                    try transaction.note("charging \(placed.order)")
                    if placed.order == "wrong" { throw NotRetryable("it was charged before") }
                } effect: { _, _, _ in
                    calls.turn()
                } then: { placed, _, transaction in
                    try transaction.note("charged \(placed.order)")
                }
            }
            try await bench.running(payment) {
                try await bench.publish(Placed(order: "wrong"), Placed(order: "b"))
                try await bench.until { try await bench.seen() == ["charging b", "charged b"] }
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
                #expect(try await bench.database.deadLetters().map(\.error) == ["it was charged before"])
                #expect(calls.value == 1)
            }
        }
    }

    @Test func `an effect does not begin if its service was told to end while the intention was written`() async throws
    {
        try await Bench.with { bench in
            let begun = Dial()
            let calls = Dial()
            let gate = DispatchSemaphore(value: 0)
            let payment = bench.subscriber("payment") {
                On(Placed.self) { placed, _, transaction in
                    try transaction.note("charging \(placed.order)")
                    begun.turn()
                    gate.wait()
                } effect: { _, _, _ in
                    calls.turn()
                } then: { _, _, _ in
                }
            }
            try await bench.join("payment")
            try await bench.publish(Placed(order: "a"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await payment.run() }
                try await bench.until { begun.value == 1 }
                group.cancelAll()
                gate.signal()
                try await group.waitForAll()
            }
            #expect(calls.value == 0)
            #expect(try await bench.seen() == ["charging a"])
            #expect(try await bench.count("tidings_parked") == 0)
        }
    }

    @Test func `what an intention publishes belongs to the conversation of its event`() async throws {
        try await Bench.with { bench in
            let payment = bench.subscriber("payment") {
                On(Placed.self) { placed, _, transaction in
                    try transaction.publish(Reserved(order: placed.order))
                } effect: { _, id, _ in
                    id.rawValue
                } then: { _, id, transaction in
                    try transaction.note(id)
                }
            }
            let listener = try await bench.join("listener")
            try await bench.running(payment, relay: bench.bus) {
                let event = try bench.envelope(of: Placed(order: "a"), correlationID: "c-1")
                try await bench.bus.publish([event])
                try await bench.until { try await bench.seen().count == 1 }
                var published: [Envelope] = []
                while published.count < 2 {
                    let deliveries = try await listener.next(atMost: 2)
                    // The next of its key comes only then.
                    try await listener.settle(deliveries.map { .acknowledge($0.receipt) })
                    published += deliveries.map(\.event)
                }
                #expect(published.last?.correlationID == "c-1")
                #expect(published.last?.causationID == event.id)
                let seen = try await bench.seen()
                #expect(seen == [published.last?.id.rawValue])
            }
        }
    }
}
