import Testing
import Tidings
import TidingsTesting

struct OrderV1: Event {
    static let type: EventType = "order.changed.v1"
    let order: String
    var subject: String? { order }
}

struct OrderV2: LowerableEvent {
    static let type: EventType = "order.changed.v2"
    let order: String
    let reason: String
    var subject: String? { order }

    init(order: String, reason: String) {
        (self.order, self.reason) = (order, reason)
    }

    init(upcasting previous: OrderV1) {
        self.init(order: previous.order, reason: "unknown")
    }

    func lowered() -> OrderV1 { OrderV1(order: order) }
}

@Suite(.timeLimit(.minutes(1)))
struct VersionTests {
    private func newer(_ bench: Bench, _ name: String = "stock") -> Subscriber {
        bench.subscriber(name) {
            On(OrderV2.self) { order, transaction in try transaction.note("newer \(order.order) \(order.reason)") }
        }
    }

    private func older(_ bench: Bench, _ name: String = "stock") -> Subscriber {
        bench.subscriber(name) {
            On(OrderV1.self) { order, transaction in try transaction.note("older \(order.order)") }
        }
    }

    /// The two forms in which a publisher of the newer version publishes, the newer one first.
    private func forms(_ order: String, on bench: Bench) throws -> [Envelope] {
        let newer = try bench.envelope(of: OrderV2(order: order, reason: "gift"))
        return [newer, try bench.envelope(of: OrderV1(order: order), extensions: ["twinof": .text(newer.id.rawValue)])]
    }

    @Test func `of the two forms of an event each consumer handles the one that it knows`() async throws {
        try await Bench.with { bench in
            try await bench.join("newer")
            try await bench.join("older")
            _ = try await bench.database.transaction { try $0.publish(OrderV2(order: "a", reason: "gift")) }
            #expect(try await bench.outbox() == ["order.changed.v2", "order.changed.v1"])
            try await bench.running(newer(bench, "newer"), older(bench, "older"), relay: bench.bus) {
                try await bench.until { try await bench.seen().count == 2 }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().sorted() == ["newer a gift", "older a"])
                try await bench.until { try await bench.count("tidings_parked") == 0 }
            }
        }
    }

    @Test func `an older event that is no twin is lifted`() async throws {
        try await Bench.with { bench in
            try await bench.running(newer(bench)) {
                try await bench.publish(OrderV1(order: "a"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["newer a unknown"])
            }
        }
    }

    @Test func `an upgraded consumer handles the older forms that wait for it though it never got the newer ones`()
        async throws
    {
        try await Bench.with { bench in
            try await bench.join("stock")
            try await bench.bus.publish([try forms("a", on: bench)[1], try forms("b", on: bench)[1]])
            try await bench.running(newer(bench)) {
                try await bench.until { try await bench.seen() == ["newer a unknown", "newer b unknown"] }
            }
        }
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func `whichever form comes first is handled, and the other is a duplicate`(_ order: [Int]) async throws {
        try await Bench.with { bench in
            try await bench.join("stock")
            let forms = try forms("a", on: bench)
            try await bench.bus.publish(order.map { forms[$0] })
            try await bench.running(newer(bench)) {
                try await bench.until { try await !bench.seen().isEmpty }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == [order[0] == 0 ? "newer a gift" : "newer a unknown"])
            }
        }
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func `a consumer that was downgraded handles the older form and keeps no dead letter of the newer one`(
        _ order: [Int]
    ) async throws {
        try await Bench.with { bench in
            try await bench.join("stock")
            let forms = try forms("a", on: bench)
            try await bench.running(older(bench)) {
                // In batches of their own.
                for index in order {
                    try await bench.join("stock")
                    try await bench.bus.publish([forms[index]])
                    await bench.bus.waitUntilIdle()
                }
                #expect(try await bench.seen() == ["older a"])
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `an effect is not repeated for another form of its event`() async throws {
        try await Bench.with { bench in
            let keys = Notes()
            func payment(failing: Bool) -> Subscriber {
                bench.subscriber("payment") {
                    On(OrderV2.self) { _, effect in
                        keys.add(effect.idempotencyKey)
                        return 1
                    } then: { order, _, transaction in
                        if failing { throw NotRetryable("not today") }
                        try transaction.note(order.reason)
                    }
                }
            }
            let forms = try forms("a", on: bench)
            try await bench.join("payment")
            try await bench.bus.publish([forms[1]])
            try await bench.running(payment(failing: true)) {
                try await bench.until { try await bench.database.deadLetterCount() == 1 }
            }
            try await bench.join("payment")
            try await bench.bus.publish([forms[0]])
            try await bench.running(payment(failing: false)) {
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().isEmpty)
                _ = try await bench.database.redrive()
                try await bench.until(advancing: .milliseconds(10)) { try await bench.seen() == ["unknown"] }
            }
            #expect(keys.all == ["payment:/test:\(forms[0].id)"])
        }
    }
}
