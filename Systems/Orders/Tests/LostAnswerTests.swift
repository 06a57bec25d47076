import OrderServices
import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct LostAnswerTests {
    /// What a gateway without an answer looks like: not available, or anything else.
    private static let losses: [any Error & Sendable] = [
        TidingsError(.unavailable, "no answer came"), Unmet("the answer was cut off"),
    ]

    private func statuses(of order: String, _ orders: RunningOrders) async throws -> [String] {
        try await orders.get("/payments?orderId=\(order)", from: "payment").json["payments"].list.map {
            $0["status"].text
        }
    }

    @Test(arguments: losses)
    func `money that was taken without an answer is given back when the order is cancelled`(
        _ loss: any Error & Sendable
    ) async throws {
        let clock = ManualClock()
        let gateway = TestGateway(loss: loss)
        gateway.chargesAre = .answerLost
        try await RunningOrders.with(gateway: gateway, environment: .seeded(21, clock: clock)) { orders in
            let id = try await orders.place(1, of: "unknown").json["orderId"].text
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await statuses(of: id, orders) == ["refunded"]
            }
            let asked = gateway.charges
            gateway.chargesAre = .answered
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await orders.parkedCount() == 0
            }
            #expect(gateway.charges == asked)
            #expect(gateway.takings == 1)
            #expect(gateway.held.isEmpty)
            #expect(try await statuses(of: id, orders) == ["refunded"])
            #expect(try await orders.get("/orders/\(id)").json["status"] == "CANCELLED")
        }
    }

    @Test func `money of a charge that became a dead letter is given back, and a redrive does not charge again`()
        async throws
    {
        let clock = ManualClock()
        let gateway = TestGateway(loss: Unmet("the answer was cut off"))
        gateway.chargesAre = .answerLost
        // Longer than all attempts take.
        let settings = ["ORDER_TIMEOUT_SECONDS": "600"]
        try await RunningOrders.with(settings, gateway: gateway, environment: .seeded(22, clock: clock)) { orders in
            let id = try await orders.place(1).json["orderId"].text
            try await orders.until {
                clock.advance(by: .seconds(5))
                return try await orders.get("/health/events", from: "payment").json["failedEventsCount"] == 1
            }
            try await orders.until {
                clock.advance(by: .seconds(5))
                return try await statuses(of: id, orders) == ["refunded"]
            }
            #expect(gateway.held.isEmpty)

            let asked = gateway.charges
            gateway.chargesAre = .answered
            let redriven = try await orders.send(
                "POST", "/manage/dead-letters/redrive", to: "payment", Array(#"{"all":true}"#.utf8))
            #expect(try redriven.json["redriven"] == 1)
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await orders.parkedCount() == 0
            }
            #expect(gateway.charges == asked)
            #expect(gateway.held.isEmpty)
        }
    }

    @Test func `a charge that arrives after its refund takes nothing`() async throws {
        let clock = ManualClock()
        let gateway = TestGateway()
        gateway.chargesAre = .late
        try await RunningOrders.with(gateway: gateway, environment: .seeded(23, clock: clock)) { orders in
            let id = try await orders.place(1, of: "unknown").json["orderId"].text
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return gateway.closedCount == 1
            }
            gateway.chargesAre = .answered
            gateway.arrive()
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await orders.parkedCount() == 0
            }
            #expect(gateway.charges.count == 1)
            #expect(gateway.takings == 0)
            #expect(try await statuses(of: id, orders) == [])
            #expect(try await orders.get("/orders/\(id)").json["status"] == "CANCELLED")
        }
    }

    @Test func `a charge is never asked for after its refund has begun`() async throws {
        let clock = ManualClock()
        let gateway = TestGateway()
        gateway.chargesAre = .requestLost
        gateway.refundsAre = Array(repeating: .requestLost, count: 10_000)
        try await RunningOrders.with(gateway: gateway, environment: .seeded(24, clock: clock)) { orders in
            let id = try await orders.place(1, of: "unknown").json["orderId"].text
            // Several, so that no charge from before the first is still on its way.
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                _ = try await orders.get("/health", from: "payment")
                return gateway.refunds.contains { $0.value >= 3 }
            }
            let asked = gateway.charges
            #expect(try await statuses(of: id, orders) == ["refunding"])
            gateway.chargesAre = .answered
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await orders.databases.count(
                    in: "payment", "SELECT count(*) AS n FROM tidings_parked WHERE event_type = 'order.created.v1'")
                    == 0
            }
            #expect(gateway.charges == asked)
            #expect(gateway.takings == 0)

            gateway.refundsAre = []
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await orders.parkedCount() == 0
            }
            #expect(try await statuses(of: id, orders) == [])
        }
    }

    @Test func `a refund whose answers are lost is asked for again under the same key, and told once`() async throws {
        let clock = ManualClock()
        let gateway = TestGateway()
        try await RunningOrders.with(gateway: gateway, environment: .seeded(25, clock: clock)) { orders in
            let order = try await orders.finish()
            gateway.refundsAre = [.answerLost, .requestLost, .answerLost]
            try await orders.publish(RunningOrders.cancelled(order["orderId"].text))
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await statuses(of: order["orderId"].text, orders) == ["refunded"]
            }
            #expect(gateway.refunds == gateway.charges.mapValues { _ in 4 })
            #expect(gateway.held.isEmpty)
            func told() async throws -> Int {
                try await orders.saga(of: order)["history"].list.count { $0["event"] == "payment.refunded.v1" }
            }
            try await orders.until {
                clock.advance(by: .milliseconds(100))
                return try await told() > 0
            }
            #expect(try await told() == 1)
        }
    }

    @Test func `an answer to a charge that comes after the refund confirms nothing`() async throws {
        let gateway = TestGateway()
        gateway.chargesAre = .answeredAfterRefund
        try await RunningOrders.with(gateway: gateway) { orders in
            try await orders.publish(RunningOrders.created("both"), RunningOrders.cancelled("both"))
            // What is published for an order comes in its order.
            try await orders.until {
                try await orders.get("/sagas/checkout-both").json["history"].list.contains {
                    $0["event"] == "payment.refunded.v1"
                }
            }
            #expect(gateway.charges.map(\.value) == [1])
            #expect(gateway.held.isEmpty)
            let saga = try await orders.get("/sagas/checkout-both").json
            #expect(!saga["steps"].list.contains { $0["name"] == "payment" })
            #expect(try await statuses(of: "both", orders) == ["refunded"])
        }
    }

    @Test func `a process that ends between a charge and its answer knows afterwards what to give back`() async throws {
        let gateway = TestGateway()
        gateway.chargesAre = .neverAnswered
        try await TemporaryFolder.with { folder in
            let placed = Latch()
            await #expect(throws: Unmet.self) {
                try await RunningOrders.run(in: folder, gateway: gateway) { orders in
                    let id = try await orders.place(1).json["orderId"].text
                    try await orders.until { gateway.takings == 1 }
                    // What the gateway is asked for is known before it is asked.
                    #expect(try await statuses(of: id, orders) == ["charging"])
                    placed.open()
                    throw Unmet("the end of the process")
                }
            }
            await placed.wait()
            gateway.chargesAre = .requestLost
            try await RunningOrders.run(in: folder, gateway: gateway) { orders in
                let id = try await orders.get("/orders").json["orders"][0]["orderId"].text
                try await orders.publish(RunningOrders.cancelled(id))
                try await orders.until { try await statuses(of: id, orders) == ["refunded"] }
                #expect(gateway.held.isEmpty)
                try await orders.until { try await orders.parkedCount() == 0 }
            }
        }
    }
}
