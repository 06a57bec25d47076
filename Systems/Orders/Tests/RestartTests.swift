import Testing
import Tidings

@Suite(.timeLimit(.minutes(1))) struct RestartTests {
    @Test func `what a system knew, it knows after a restart`() async throws {
        try await TemporaryFolder.with { folder in
            let before = try await RunningOrders.run(in: folder, ["PAYMENT_SUCCESS_RATE": "0.5"]) { orders in
                for number in 0..<8 { _ = try await orders.finish(1, of: number < 6 ? "p-1" : "unknown") }
                // What is released or refunded comes to its end after the order.
                try await orders.until { try await isQuiet(orders) }
                return try await Picture(of: orders)
            }
            let after = try await RunningOrders.run(in: folder) { orders in
                let picture = try await Picture(of: orders)
                // Nothing happens a second time.
                try await orders.until { try await isQuiet(orders) }
                #expect(try await Picture(of: orders) == picture)
                #expect(try await orders.finish()["status"] == "CONFIRMED")
                return picture
            }
            #expect(before == after)
            #expect(before.orders.count == 8)
        }
    }

    @Test func `an order that was under way goes on after a restart`() async throws {
        let gateway = TestGateway()
        gateway.isDown = true
        try await TemporaryFolder.with { folder in
            let id = try await RunningOrders.run(in: folder, gateway: gateway) { orders in
                let id = try await orders.place().json["orderId"].text
                try await orders.until { try await orders.stock()["reserved"] == 2 }
                return id
            }
            gateway.isDown = false
            try await RunningOrders.run(in: folder, gateway: gateway) { orders in
                let order = try await orders.end(of: id)
                #expect(order["status"] == "CONFIRMED")
                #expect(gateway.charges.map(\.value) == [1])
            }
        }
    }

    private func isQuiet(_ orders: RunningOrders) async throws -> Bool {
        for service in ["order", "payment", "inventory"] {
            let waiting = try await orders.databases.count(
                in: service,
                "SELECT (SELECT count(*) FROM tidings_outbox) + (SELECT count(*) FROM tidings_parked) AS n")
            if waiting > 0 { return false }
        }
        let reserved = try await orders.databases.count(in: "inventory", "SELECT sum(reserved) AS n FROM products")
        let open = try await orders.databases.count(
            in: "order", "SELECT count(*) AS n FROM tidings_sagas WHERE status NOT IN ('completed', 'compensated')")
        return reserved == 0 && open == 0
    }
}

/// What the services show.
private struct Picture: Hashable, Sendable {
    var orders: [JSONValue] = []
    var sagas: [JSONValue] = []
    var payments: [[JSONValue]] = []
    var stock: JSONValue = nil

    init(of system: RunningOrders) async throws {
        orders = try await system.get("/orders").json["orders"].list
        for order in orders {
            sagas.append(try await system.saga(of: order))
            payments.append(try await system.payments(of: order))
        }
        stock = try await system.stock()
    }
}
