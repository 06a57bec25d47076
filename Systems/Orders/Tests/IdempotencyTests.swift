import Testing

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

    @Test func `orders without a key are orders of their own`() async throws {
        let orders = try #require(RunningOrders.shared)
        #expect(try await orders.place().json["orderId"] != orders.place().json["orderId"])
    }

    @Test func `the longest key is taken`() async throws {
        let orders = try #require(RunningOrders.shared)
        #expect(try await orders.place(key: String(repeating: "k", count: 255)).status == 201)
    }
}
