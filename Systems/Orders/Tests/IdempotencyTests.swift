import Testing
import Tidings
import TidingsTesting

@Suite(.runningOrders, .timeLimit(.minutes(1))) struct IdempotencyTests {
    @Test func `one key sent twice makes one order`() async throws {
        let orders = try #require(RunningOrders.shared)
        let first = try await orders.place(key: "twice")
        let order = try await orders.end(of: try first.json["orderId"].text)
        let second = try await orders.place(key: "twice")
        #expect(second.status == 201)
        #expect(try second.json["orderId"] == first.json["orderId"])
        #expect(try second.json["sagaId"] == first.json["sagaId"])
        #expect(try second.json["status"] == order["status"])
    }

    @Test func `one key sent sixteen times at once makes one order`() async throws {
        let orders = try #require(RunningOrders.shared)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<16 { group.addTask { try await orders.place(customer: "at-once", key: "at-once") } }
            return try await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 201 })
        #expect(try Set(answers.map { try $0.json["orderId"] }).count == 1)
        let listed = try await orders.get("/orders?limit=1000").json["orders"].list
        #expect(listed.count { $0["customerId"] == "at-once" } == 1)
    }

    @Test func `one key with another order is refused`() async throws {
        let orders = try #require(RunningOrders.shared)
        let first = try await orders.place(1, key: "reused")
        let second = try await orders.place(2, key: "reused")
        #expect(first.status == 201)
        #expect(second.status == 422)
        #expect(second.contentType == "application/problem+json")
        #expect(try second.json["type"] == "urn:tidings:problem:idempotency-key-reused")
        #expect(try second.json["parameter"] == "Idempotency-Key")
    }

    @Test func `one key of two customers makes two orders`() async throws {
        let orders = try #require(RunningOrders.shared)
        let first = try await orders.place(customer: "c-1", key: "shared")
        let second = try await orders.place(customer: "c-2", key: "shared")
        #expect(second.status == 201)
        #expect(try first.json["orderId"] != second.json["orderId"])
        #expect(try await orders.place(customer: "c-1", key: "shared").json["orderId"] == first.json["orderId"])
    }

    @Test func `an order that is written in another way is the same order`() async throws {
        let orders = try #require(RunningOrders.shared)
        let first = try await orders.place(2, key: "rewritten")
        let body = #"{ "items": [{"unitPrice":"9.99","quantity":2,"productId":"p-1"}], "customerId": "c-1" }"#
        let second = try await orders.send(
            "POST", "/orders", headers: ["Idempotency-Key": "rewritten"], Array(body.utf8))
        #expect(second.status == 201)
        #expect(try second.json["orderId"] == first.json["orderId"])
    }

    @Test func `a key is forgotten after a day`() async throws {
        let clock = ManualClock()
        try await RunningOrders.with(environment: .seeded(21, clock: clock)) { orders in
            let first = try await orders.place(1, key: "yesterday").json["orderId"]
            clock.advance(by: .seconds(86_399))
            #expect(try await orders.place(1, key: "yesterday").json["orderId"] == first)
            clock.advance(by: .seconds(2))
            let second = try await orders.place(2, key: "yesterday")
            #expect(second.status == 201)
            #expect(try second.json["orderId"] != first)
        }
    }

    @Test func `orders without a key are orders of their own`() async throws {
        let orders = try #require(RunningOrders.shared)
        #expect(try await orders.place().json["orderId"] != orders.place().json["orderId"])
    }

    @Test func `the longest key is taken`() async throws {
        let orders = try #require(RunningOrders.shared)
        #expect(try await orders.place(key: String(repeating: "k", count: 255)).status == 201)
    }
}
