import Testing

@Suite(.timeLimit(.minutes(1))) struct OrderFlowTests {
    static let buses = ["embedded", "memory"]

    @Test(arguments: buses)
    func `an order that is paid and in stock is confirmed`(_ bus: String) async throws {
        try await RunningOrders.with(["EVENT_BUS_TYPE": bus]) { orders in
            let placed = try await orders.place(3)
            let answer = try placed.json
            #expect(placed.status == 201)
            #expect(answer["status"] == "PENDING")
            #expect(placed.headers["location"] == "/orders/\(answer["orderId"].text)")

            let order = try await orders.end(of: answer["orderId"].text)
            #expect(order["status"] == "CONFIRMED")
            #expect(order["reason"] == nil)
            #expect(order["total"] == "29.97")
            #expect(order["customerId"] == "c-1")
            #expect(order["sagaId"] == answer["sagaId"])
            #expect(order["items"][0]["productId"] == "p-1")
            #expect(order["items"][0]["quantity"] == 3)
            #expect(order["items"][0]["unitPrice"] == "9.99")

            let saga = try await orders.saga(of: order)
            #expect(saga["state"] == "COMPLETED")
            #expect(saga["orderId"] == order["orderId"])
            #expect(Set(saga["steps"].list.map { $0["name"].text }) == ["payment", "stock"])
            #expect(saga["steps"].list.allSatisfy { $0["status"] == "done" })
            #expect(saga["history"][0]["event"] == "order.created.v1")
            #expect(saga["history"][0]["to"] == "PAYMENT_PENDING")

            let payments = try await orders.payments(of: order)
            #expect(payments.map { $0["status"] } == ["confirmed"])
            #expect(payments.map { $0["amount"] } == ["29.97"])
            #expect(payments.allSatisfy { $0["time"] != nil && $0["transactionId"] != nil })
            try await orders.until { try await orders.stock()["stock"] == 997 }
            #expect(try await orders.stock()["reserved"] == 0)
            #expect(try await orders.stock()["available"] == 997)
        }
    }

    @Test(arguments: buses)
    func `a declined payment cancels the order and releases its stock`(_ bus: String) async throws {
        try await RunningOrders.with(["EVENT_BUS_TYPE": bus, "PAYMENT_SUCCESS_RATE": "0"]) { orders in
            let order = try await orders.finish()
            #expect(order["status"] == "CANCELLED")
            #expect(order["reason"] == "card_declined")
            #expect(try await orders.payments(of: order).map { $0["status"] } == ["failed"])
            try await orders.until { try await orders.stock()["reserved"] == 0 }
            #expect(try await orders.stock()["stock"] == 1000)
            try await orders.until { try await orders.saga(of: order)["status"] == "compensated" }
            #expect(try await orders.saga(of: order)["state"] == "FAILED")
        }
    }

    @Test(arguments: buses, [("unknown", 1, "unknown_product"), ("p-2", 1001, "insufficient_stock")])
    func `an order that cannot be served is cancelled and paid back`(
        _ bus: String, _ example: (product: String, quantity: Int, reason: String)
    ) async throws {
        let gateway = TestGateway()
        try await RunningOrders.with(["EVENT_BUS_TYPE": bus], gateway: gateway) { orders in
            let order = try await orders.finish(example.quantity, of: example.product)
            #expect(order["status"] == "CANCELLED")
            #expect(order["reason"].text == example.reason)
            // The payment was asked for at the same time; taken, it is given back.
            try await orders.until { try await orders.payments(of: order).map { $0["status"] } == ["refunded"] }
            try await orders.until { try await orders.saga(of: order)["status"] == "compensated" }
            #expect(gateway.charges.map(\.value) == [1])
            #expect(gateway.refunds.map(\.value) == [1])
            #expect(try await orders.stock(of: "p-2")["available"] == 1000)
        }
    }

    @Test func `an order of several products reserves all of them or none`() async throws {
        try await RunningOrders.with { orders in
            let body = """
                {"customerId":"c","items":[{"productId":"p-3","quantity":600,"unitPrice":"1"},
                {"productId":"p-4","quantity":5,"unitPrice":"1"},{"productId":"p-3","quantity":600,"unitPrice":"1"}]}
                """
            let placed = try await orders.send("POST", "/orders", Array(body.utf8)).json
            let order = try await orders.end(of: placed["orderId"].text)
            #expect(order["reason"] == "insufficient_stock")
            #expect(try await orders.stock(of: "p-3")["reserved"] == 0)
            #expect(try await orders.stock(of: "p-4")["reserved"] == 0)
        }
    }
}
