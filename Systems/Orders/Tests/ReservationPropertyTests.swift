import Testing
import Tidings
import TidingsService
import TidingsTesting

/// Orders whose events arrive in any order, some of them never, and more than there is stock for.
@Suite(.timeLimit(.minutes(2))) struct ReservationPropertyTests {
    private static let stock = 40
    private static let products = ["a", "b", "c"]

    private struct Plan {
        let id: String
        let product: String
        let quantity: Int
        let events: [String]

        func publishes(_ event: String) -> Bool { events.contains(event) }
        /// Whether the order was known before its cancellation.
        var asksForStock: Bool {
            guard let created = events.firstIndex(of: "created") else { return false }
            return events.firstIndex(of: "cancelled").map { created < $0 } ?? true
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `stock is never oversold and always adds up`(_ seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let plans = (0..<150).map { plan($0, &random) }
        let events = interleaved(plans, &random)
        try await RunningOrders.with(["EVENT_BUS_TYPE": "memory"], only: ["inventory"]) { orders in
            for product in Self.products {
                let body = Array(#"{"stock":\#(Self.stock)}"#.utf8)
                try await orders.send("PUT", "/inventory/products/\(product)", to: "inventory", body)
            }
            for start in stride(from: 0, to: events.count, by: 7) {
                try await orders.publish(Array(events[start..<min(start + 7, events.count)]))
                for product in Self.products { try await check(orders.stock(of: product)) }
            }
            try await orders.untilSeen(events.count, by: "inventory", in: "inventory")
            try await check(plans, orders)
        }
    }

    /// Its events come from the bus, where any name may stand; typed into a request, one of the two is refused.
    @Test func `products that only look alike are two, each with a stock of its own`() async throws {
        try await RunningOrders.with(["EVENT_BUS_TYPE": "memory"], only: ["inventory"]) { orders in
            let names = ["caf\u{E9}", "cafe\u{301}"]
            for name in names {
                let statement: SQLStatement = "INSERT INTO products (id, stock) VALUES (\(name), 10)"
                try await orders.databases.execute(statement, in: "inventory")
            }
            let items = names.map { #"{"productId":"\#($0)","quantity":6,"unitPrice":"1.00"}"# }.joined(separator: ",")
            let data = #"{"orderId":"both","customerId":"c-1","items":[\#(items)],"total":"12.00"}"#
            try await orders.publish((type: "order.created.v1", order: "both", data: data))
            try await orders.untilSeen(1, by: "inventory", in: "inventory")
            for path in ["caf%C3%A9", "cafe%CC%81"] {
                let product = try await orders.get("/inventory/products/\(path)", from: "inventory").json
                #expect(product["reserved"] == 6)
                #expect(product["available"] == 4)
            }
        }
    }

    private func plan(_ number: Int, _ random: inout SplitMix64) -> Plan {
        var events = ["created", "paid", "cancelled"].filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        events.shuffle(using: &random)
        return Plan(
            id: "o-\(number)", product: Self.products.randomElement(using: &random) ?? "a",
            quantity: Int.random(in: 1...5, using: &random), events: events)
    }

    /// Every order's events in its own order, those of different orders mixed.
    private func interleaved(
        _ plans: [Plan], _ random: inout SplitMix64
    ) -> [(type: EventType, order: String, data: String)] {
        var turns = plans.indices.flatMap { Array(repeating: $0, count: plans[$0].events.count) }
        turns.shuffle(using: &random)
        var next = Array(repeating: 0, count: plans.count)
        return turns.map { index in
            let plan = plans[index]
            defer { next[index] += 1 }
            switch plan.events[next[index]] {
            case "created": return RunningOrders.created(plan.id, plan.quantity, of: plan.product)
            case "paid": return RunningOrders.paid(plan.id)
            default: return RunningOrders.cancelled(plan.id)
            }
        }
    }

    private func check(_ level: JSONValue) throws {
        guard case .number(let stock) = level["stock"], case .number(let reserved) = level["reserved"] else {
            throw Unmet("no stock in \(level)")
        }
        #expect(stock >= 0 && reserved >= 0 && reserved <= stock && stock <= Double(Self.stock))
    }

    /// What is left is what there was, less what was granted and not given back.
    private func check(_ plans: [Plan], _ orders: RunningOrders) async throws {
        var sold: [String: Int] = [:]
        var reserved: [String: Int] = [:]
        for plan in plans {
            let status = try await self.status(of: plan.id, in: orders)
            let granted = ["reserved", "finalised", "released"].contains(status)
            #expect(!granted || plan.asksForStock)
            if plan.asksForStock { #expect(granted || status == "failed") }
            guard granted else { continue }
            switch (plan.publishes("cancelled"), plan.publishes("paid")) {
            case (true, _): #expect(status == "released")
            case (false, true):
                #expect(status == "finalised")
                sold[plan.product, default: 0] += plan.quantity
            case (false, false):
                #expect(status == "reserved")
                reserved[plan.product, default: 0] += plan.quantity
            }
        }
        for product in Self.products {
            let level = try await orders.stock(of: product)
            #expect(level["stock"] == .number(Double(Self.stock - sold[product, default: 0])))
            #expect(level["reserved"] == .number(Double(reserved[product, default: 0])))
        }
        #expect(try await orders.parkedCount(in: ["inventory"]) == 0)
    }

    private func status(of order: String, in orders: RunningOrders) async throws -> String {
        for status in ["reserved", "finalised", "released", "failed", "paid", "cancelled"] {
            let count = try await orders.databases.count(
                in: "inventory",
                "SELECT count(*) AS n FROM reservations WHERE order_id = \(order) AND status = \(status)")
            if count == 1 { return status }
        }
        return "none"
    }
}
