import Testing
import Tidings
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct ManagementTests {
    /// Puts an event onto the bus that no service can read, and waits until it is a dead letter.
    private func spoil(_ orders: RunningOrders, _ order: String = "bad") async throws {
        try await orders.publish((type: "order.cancelled.v1", order: order, data: #"{"orderId":7}"#))
        try await orders.until {
            try await orders.get("/manage/dead-letters?subject=\(order)", from: "inventory")
                .json["deadLetters"] != []
        }
    }

    private func post(
        _ path: String, _ body: String, to orders: RunningOrders, _ service: String = "inventory",
        key: String? = nil
    ) async throws -> Answer {
        try await orders.send(
            "POST", path, to: service, headers: key.map { ["Authorization": "Bearer \($0)"] } ?? [:], Array(body.utf8))
    }

    @Test func `dead letters are listed, grouped, shown with their evidence, redriven and discarded`() async throws {
        try await RunningOrders.with { orders in
            try await spoil(orders)
            let list = try await orders.get("/manage/dead-letters?consumer=orders.inventory", from: "inventory").json
            let letter = list["deadLetters"][0]
            #expect(letter["event"]["type"] == "order.cancelled.v1")
            #expect(letter["event"]["data"] == #"{"orderId":7}"#)
            #expect(letter["handler"] == "On(OrderCancelled)")
            let id = letter["id"].digits
            #expect(try await orders.get("/manage/dead-letters/\(id)", from: "inventory").json == letter)
            #expect(try await orders.get("/manage/dead-letters/999999", from: "inventory").status == 404)

            for (query, count) in [
                ("type=order.cancelled.v1", 1), ("type=other", 0), ("error=undecodable", 1), ("error=else", 0),
            ] {
                let found = try await orders.get("/manage/dead-letters?\(query)", from: "inventory").json["deadLetters"]
                #expect(found == (count == 0 ? [] : [letter]), "\(query)")
            }
            let groups = try await orders.get("/manage/dead-letters?group=error", from: "inventory").json["groups"]
            #expect(groups[0]["count"] == 1)
            #expect(try await orders.get("/manage/dead-letters?group=colour", from: "inventory").status == 400)
            #expect(try await orders.get("/manage/dead-letters?from=noon", from: "inventory").status == 400)

            let redriven = try await post("/manage/dead-letters/redrive", #"{"ids":[\#(id)]}"#, to: orders).json
            #expect(redriven["redriven"] == 1)
            // It is tried again, and fails again.
            try await orders.until {
                let again = try await orders.get("/manage/dead-letters", from: "inventory").json["deadLetters"]
                return again != [] && again[0]["lastFailedAt"] != letter["lastFailedAt"]
            }
            #expect(try await post("/manage/dead-letters/discard", "{}", to: orders).status == 400)
            let misspelt = try await post("/manage/dead-letters/discard", #"{"all":true,"subjct":"x"}"#, to: orders)
            #expect(misspelt.status == 400)
            for body in [#"{"all":true,"rate":1}"#, #"{"all":true,"toConsumer":"orders.order"}"#] {
                #expect(try await post("/manage/dead-letters/discard", body, to: orders).status == 400)
                #expect(try await post("/manage/parked/give-up", body, to: orders).status == 400)
            }
            let elsewhere = #"{"all":true,"toConsumer":"orders.nobody"}"#
            #expect(try await post("/manage/dead-letters/redrive", elsewhere, to: orders).status == 400)
            let long = String(repeating: "x", count: 1001)
            #expect(try await orders.get("/manage/dead-letters?error=\(long)", from: "inventory").status == 400)
            for (name, value, status) in [("Origin", "https://example.com", 403), ("Host", "example.com", 421)] {
                let foreign = try await orders.send(
                    "POST", "/manage/dead-letters/discard", to: "inventory", headers: [name: value],
                    Array(#"{"all":true}"#.utf8))
                #expect(foreign.status == status, "\(name)")
            }
            let discarded = try await post("/manage/dead-letters/discard", #"{"all":true}"#, to: orders).json
            #expect(discarded["discarded"] == 1)
            #expect(try await orders.get("/manage/dead-letters", from: "inventory").json["deadLetters"] == [])
        }
    }

    @Test func `a list goes on at its next`() async throws {
        try await RunningOrders.with { orders in
            for order in ["x", "y"] { try await spoil(orders, order) }
            let first = try await orders.get("/manage/dead-letters?limit=1", from: "inventory").json
            let next = first["next"].text
            let second = try await orders.get("/manage/dead-letters?limit=1&after=\(next)", from: "inventory").json
            #expect(first["deadLetters"][0]["event"]["subject"] == "x")
            #expect(second["deadLetters"][0]["event"]["subject"] == "y")
        }
    }

    @Test func `sagas are listed by their status and shown with their history, and one that is not stuck stays`()
        async throws
    {
        try await RunningOrders.with { orders in
            let order = try await orders.finish()
            let id = order["orderId"].text
            let list = try await orders.get("/manage/sagas?status=completed").json["sagas"]
            #expect(list[0]["id"] == order["orderId"])
            #expect(try await orders.get("/manage/sagas?status=stuck").json["sagas"] == [])
            #expect(try await orders.get("/manage/sagas?status=sleepy").status == 400)
            let saga = try await orders.get("/manage/sagas/\(id)").json
            #expect(saga["saga"] == "Checkout")
            #expect(saga["consumer"] == "orders.checkout")
            let foreign = try await orders.get("/manage/sagas?consumer=orders.order").json["sagas"]
            #expect(foreign == [])
            #expect(try await orders.get("/manage/sagas/\(id)?consumer=orders.order").status == 404)
            #expect(saga["history"][0]["what"] == "order.created.v1")
            #expect(saga["steps"][0]["status"] == "done")
            #expect(try await orders.get("/manage/sagas/nobody").status == 404)
            #expect(try await post("/manage/sagas/\(id)/retry", "{}", to: orders, "order").status == 409)
            let resolved = try await post("/manage/sagas/\(id)/resolve", #"{"reason":"by hand"}"#, to: orders, "order")
            #expect(resolved.status == 409)
            #expect(try await post("/manage/sagas/\(id)/resolve", #"{"reason":""}"#, to: orders, "order").status == 400)
        }
    }

    @Test func `the outbox and what is parked are shown`() async throws {
        try await RunningOrders.with { orders in
            _ = try await orders.finish()
            try await orders.until { try await orders.get("/manage/outbox").json["depth"] == 0 }
            #expect(try await orders.get("/manage/parked").json["parked"] == [])
        }
    }

    @Test func `with a key only those who have it come in`() async throws {
        let key = "a-key-of-24-characters-x"
        try await RunningOrders.with(["TIDINGS_MANAGE_KEY": key]) { orders in
            #expect(try await orders.get("/manage/outbox").status == 401)
            for wrong in ["", "a-key-of-24-characters-y", key + key, "a"] {
                let answer = try await orders.send(
                    "GET", "/manage/outbox", headers: ["Authorization": "Bearer \(wrong)"])
                #expect(answer.status == 401)
            }
            let answer = try await orders.send("GET", "/manage/outbox", headers: ["Authorization": "Bearer \(key)"])
            #expect(answer.status == 200)
            #expect(try await orders.get("/health").status == 200)
        }
    }

    @Test func `beyond this machine the routes are closed without a key`() async throws {
        try await RunningOrders.with(["TIDINGS_HOST": "0.0.0.0"]) { orders in
            let closed = try await orders.get("/manage/dead-letters")
            let open = try await orders.get("/health")
            #expect(closed.status == 403)
            #expect(open.status == 200)
        }
    }
}

extension JSONValue {
    /// A whole number as it stands in a path.
    fileprivate var digits: String { if case .number(let number) = self { "\(Int(number))" } else { "" } }
}
