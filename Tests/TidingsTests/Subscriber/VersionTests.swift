import Testing
import Tidings

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
    @Test func `a twin is skipped by a consumer of the newer version and taken by one of the older`() async throws {
        try await Bench.with { bench in
            let newer = bench.subscriber("newer") {
                On(OrderV2.self) { order, transaction in try transaction.note("newer \(order.order) \(order.reason)") }
            }
            let older = bench.subscriber("older") {
                On(OrderV1.self) { order, transaction in try transaction.note("older \(order.order)") }
            }
            try await bench.join("newer")
            try await bench.join("older")
            _ = try await bench.database.transaction { try $0.publish(OrderV2(order: "a", reason: "gift")) }
            #expect(try await bench.outbox() == ["order.changed.v2", "order.changed.v1"])
            try await bench.running(newer, older, relay: bench.bus) {
                try await bench.until { try await bench.seen().count == 2 }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen().sorted() == ["newer a gift", "older a"])
            }
        }
    }

    @Test func `an older event that is no twin is lifted`() async throws {
        try await Bench.with { bench in
            let newer = bench.subscriber {
                On(OrderV2.self) { order, transaction in try transaction.note("\(order.order) \(order.reason)") }
            }
            try await bench.running(newer) {
                try await bench.publish(OrderV1(order: "a"))
                await bench.bus.waitUntilIdle()
                #expect(try await bench.seen() == ["a unknown"])
            }
        }
    }
}
