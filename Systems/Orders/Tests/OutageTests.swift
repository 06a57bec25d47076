import Testing
import Tidings
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    @Test func `a gateway that is down for a minute delays orders and turns none into a dead letter`() async throws {
        let clock = ManualClock()
        let gateway = TestGateway()
        gateway.isDown = true
        try await RunningOrders.with(gateway: gateway, environment: .seeded(11, clock: clock)) { orders in
            var ids: [String] = []
            for _ in 0..<20 { ids.append(try await orders.place(1).json["orderId"].text) }

            var complaints: [JSONValue] = []
            let start = clock.now()
            while clock.now() - start < .seconds(60) {
                clock.advance(by: .milliseconds(200))
                let health = try await orders.get("/health/events", from: "payment")
                if health.status == 503 { complaints.append(try health.json) }
            }
            #expect(complaints.contains { $0["reason"].text.contains("payment gateway") })
            #expect(complaints.allSatisfy { $0["status"] == "unavailable" && $0["connected"] == true })
            #expect(try await orders.get("/health/events").status == 200)
            #expect(gateway.charges.isEmpty)

            gateway.isDown = false
            for id in ids {
                try await orders.until {
                    clock.advance(by: .milliseconds(200))
                    return try await orders.get("/orders/\(id)").json["status"] == "CONFIRMED"
                }
            }
            #expect(gateway.charges.count == 20)
            #expect(gateway.charges.allSatisfy { $0.value == 1 })
            try await orders.until {
                clock.advance(by: .milliseconds(200))
                return try await orders.get("/health/events", from: "payment").status == 200
            }
            #expect(try await orders.parkedCount() == 0)
        }
    }

    @Test func `an order that no gateway could be asked for is cancelled after an hour and never charged`() async throws
    {
        let clock = ManualClock()
        let gateway = TestGateway()
        gateway.isDown = true
        try await RunningOrders.with(gateway: gateway, environment: .seeded(12, clock: clock)) { orders in
            let id = try await orders.place(1).json["orderId"].text
            try await orders.until { try await orders.stock()["reserved"] == 1 }
            try await orders.until {
                clock.advance(by: .seconds(10))
                return try await orders.get("/orders/\(id)").json["status"] == "CANCELLED"
            }
            let order = try await orders.get("/orders/\(id)").json
            #expect(order["reason"] == "time-out")
            try await orders.until {
                clock.advance(by: .milliseconds(200))
                return try await orders.stock()["reserved"] == 0
            }

            gateway.isDown = false
            try await orders.until {
                clock.advance(by: .milliseconds(200))
                guard try await orders.saga(of: order)["status"] == "compensated" else { return false }
                return try await orders.parkedCount() == 0
            }
            #expect(gateway.charges.isEmpty)
            #expect(gateway.refunds.map(\.value) == [1])
            #expect(try await orders.payments(of: order).isEmpty)
            #expect(try await orders.get("/orders/\(id)").json["status"] == "CANCELLED")
        }
    }
}
