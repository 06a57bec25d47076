import Testing
import Tidings
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct UnexpectedEventTests {
    @Test func `payment events for unknown orders do no harm`() async throws {
        try await RunningOrders.with { orders in
            try await orders.publish(RunningOrders.paid("ghost"), RunningOrders.refused("ghost-2"))
            try await orders.untilSeen(2, by: "checkout", in: "order")
            try await orders.untilSeen(1, by: "inventory", in: "inventory")

            #expect(try await orders.parkedCount() == 0)
            #expect(
                try await orders.databases.count(
                    in: "order", "SELECT count(*) AS n FROM tidings_sagas WHERE status = 'early'") == 2)
            #expect(try await orders.get("/orders/ghost").status == 404)
            #expect(try await orders.get("/payments?orderId=ghost", from: "payment").json["payments"] == [])
            #expect(try await orders.stock()["available"] == 1000)
            #expect(try await orders.get("/health/events").json["failedEventsCount"] == 0)
            #expect(try await orders.finish()["status"] == "CONFIRMED")
        }
    }

    @Test func `the saga of an order that nobody placed is not shown, though an event has come for it`() async throws {
        try await RunningOrders.with { orders in
            try await orders.publish(RunningOrders.paid("ghost"))
            try await orders.untilSeen(1, by: "checkout", in: "order")
            #expect(try await orders.get("/sagas/checkout-ghost").status == 404)
        }
    }

    @Test(arguments: [
        ("absent", #"{"orderId":"bad"}"#),
        ("null", #"{"orderId":"bad","amount":null,"transactionId":null}"#),
        ("null order", #"{"orderId":null,"amount":"1.00","transactionId":"t"}"#),
        ("of another type", #"{"orderId":"bad","amount":1.0,"transactionId":"t"}"#),
        ("no object", "[]"),
        ("empty", ""),
    ])
    func `an event whose fields do not fit is a dead letter at once, and holds up nothing`(
        _ what: String, _ data: String
    ) async throws {
        try await RunningOrders.with { orders in
            try await orders.publish((type: "payment.confirmed.v1", order: "bad", data: data))
            try await orders.until {
                try await orders.get("/health/events", from: "inventory").json["failedEventsCount"] == 1
            }
            #expect(try await orders.finish()["status"] == "CONFIRMED")
            let health = try await orders.get("/health/events", from: "inventory")
            #expect(health.status == 200)
            #expect(try health.json["status"] == "degraded")
            #expect(
                try await orders.databases.count(
                    in: "inventory",
                    "SELECT count(*) AS n FROM tidings_parked WHERE state = 'dead' AND error LIKE 'undecodable%'") == 1)
        }
    }

    @Test func `fields that nobody knows are let be`() async throws {
        try await RunningOrders.with(only: ["inventory"]) { orders in
            let item = #"{"productId":"p-1","quantity":2,"unitPrice":"9.99","colour":null}"#
            let data = #"{"orderId":"o","customerId":"c","items":[\#(item)],"total":"19.98","channel":{"a":[1]}}"#
            try await orders.publish((type: "order.created.v1", order: "o", data: data))
            try await orders.until { try await orders.stock()["reserved"] == 2 }
        }
    }

    @Test(arguments: ["-5", "0", "9223372036854775807"])
    func `an event with an impossible quantity changes no stock`(_ quantity: String) async throws {
        try await RunningOrders.with(only: ["inventory"]) { orders in
            try await orders.publish(RunningOrders.created("good", 10))
            let item = #"{"productId":"p-1","quantity":\#(quantity),"unitPrice":"9.99"}"#
            let data = #"{"orderId":"bad","customerId":"c","items":[\#(item),\#(item)],"total":"1.00"}"#
            try await orders.publish((type: "order.created.v1", order: "bad", data: data))
            try await orders.until {
                try await orders.get("/health/events", from: "inventory").json["failedEventsCount"] == 1
            }
            try await orders.until { try await orders.stock()["reserved"] == 10 }
        }
    }

    @Test func `an order that was cancelled before it was known is neither charged nor reserved`() async throws {
        let gateway = TestGateway()
        try await RunningOrders.with(gateway: gateway) { orders in
            try await orders.publish(RunningOrders.cancelled("late"))
            try await orders.untilSeen(1, by: "payment", in: "payment")
            try await orders.publish(RunningOrders.created("late"))
            try await orders.untilSeen(2, by: "payment", in: "payment")
            try await orders.untilSeen(2, by: "inventory", in: "inventory")
            #expect(gateway.charges.isEmpty)
            #expect(try await orders.get("/payments?orderId=late", from: "payment").json["payments"] == [])
            #expect(try await orders.stock()["available"] == 1000)
            #expect(try await orders.parkedCount() == 0)
        }
    }

    @Test func `an order that was paid before it was known is reserved and finalised`() async throws {
        try await RunningOrders.with(only: ["inventory"]) { orders in
            try await orders.publish(RunningOrders.paid("early"), RunningOrders.created("early", 4))
            try await orders.untilSeen(2, by: "inventory", in: "inventory")
            #expect(try await orders.stock()["stock"] == 996)
            #expect(try await orders.stock()["reserved"] == 0)

            try await orders.publish(RunningOrders.cancelled("early"))
            try await orders.untilSeen(3, by: "inventory", in: "inventory")
            #expect(try await orders.stock()["available"] == 1000)
        }
    }

    @Test func `a confirmed order that is cancelled is refunded and its stock rises again`() async throws {
        let gateway = TestGateway()
        try await RunningOrders.with(gateway: gateway) { orders in
            let order = try await orders.finish()
            try await orders.until { try await orders.stock()["stock"] == 998 }
            try await orders.publish(RunningOrders.cancelled(order["orderId"].text))
            try await orders.until { try await orders.payments(of: order).map { $0["status"] } == ["refunded"] }
            try await orders.until { try await orders.stock()["available"] == 1000 }
            try await orders.until {
                try await orders.get("/orders/\(order["orderId"].text)").json["status"] == "CANCELLED"
            }
            #expect(gateway.refunds.map(\.value) == [1])
        }
    }

    @Test func `the same event delivered twice counts once`() async throws {
        try await RunningOrders.with(only: ["inventory"]) { orders in
            let (type, subject, data) = RunningOrders.created("twice", 3)
            let event = Envelope(
                id: "the-same", source: "/orders/test", type: type, subject: subject,
                time: orders.platform.environment.now(),
                data: EventBytes(data))
            let copy = Envelope(
                id: "the-other", source: "/orders/test", type: type, subject: subject,
                time: orders.platform.environment.now(), data: EventBytes(data))
            for event in [event, event, copy] { try await orders.platform.bus.publish([event]) }
            try await orders.untilSeen(2, by: "inventory", in: "inventory")
            #expect(try await orders.stock()["reserved"] == 3)
        }
    }
}
