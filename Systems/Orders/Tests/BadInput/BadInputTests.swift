import Foundation
import Testing

@Suite(.runningOrders, .timeLimit(.minutes(2))) struct BadInputTests {
    @Test(arguments: BadRequest.table)
    func `a bad request is refused with the reason`(_ request: BadRequest) async throws {
        let orders = try #require(RunningOrders.shared)
        let answer = try await orders.send(
            request.method, request.path, to: request.service, headers: request.headers, request.body)

        #expect(answer.status == request.status)
        #expect(answer.contentType == "application/problem+json")
        let problem = try answer.json
        #expect(problem["type"].text == "urn:tidings:problem:\(request.kind)")
        #expect(problem["status"] == .number(Double(request.status)))
        #expect(!problem["title"].text.isEmpty)
        #expect(!problem["detail"].text.isEmpty)
        #expect(problem["pointer"] == (request.pointer.map(JSONValue.text) ?? .null))
        #expect(problem["parameter"] == (request.parameter.map(JSONValue.text) ?? .null))
        if request.status == 405 { #expect(answer.headers["allow"]?.isEmpty == false) }

        let health = try await orders.get("/health", from: request.service)
        #expect(health.status == 200)
    }

    @Test func `stock below what is reserved is refused`() async throws {
        let gateway = TestGateway()
        gateway.isDown = true
        try await RunningOrders.with(gateway: gateway) { orders in
            try await orders.place(7)
            try await orders.until { try await orders.stock()["reserved"] == 7 }
            let refused = try await orders.send(
                "PUT", "/inventory/products/p-1", to: "inventory", Array(#"{"stock":6}"#.utf8))
            #expect(refused.status == 409)
            #expect(refused.contentType == "application/problem+json")
            #expect(try refused.json["type"] == "urn:tidings:problem:stock-reserved")
            #expect(try refused.json["pointer"] == "/stock")
            let taken = try await orders.send(
                "PUT", "/inventory/products/p-1", to: "inventory", Array(#"{"stock":7}"#.utf8))
            #expect(taken.status == 200)
            #expect(try taken.json["available"] == 0)
        }
    }

    @Test(arguments: ["a%20b", "%C3%BC", "a%2Fb", "%25", "a+b"])
    func `a product's id may be any name, percent-encoded in the path`(_ id: String) async throws {
        let orders = try #require(RunningOrders.shared)
        let path = "/inventory/products/\(id)"
        let put = try await orders.send("PUT", path, to: "inventory", Array(#"{"stock":5}"#.utf8))
        #expect(put.status == 200)
        let name = try put.json["productId"].text
        #expect(name == id.removingPercentEncoding)
        #expect(try await orders.get(path, from: "inventory").json["stock"] == 5)
        let order = try await orders.finish(1, of: name)
        #expect(order["status"] == "CONFIRMED")
    }

    @Test func `the largest order that is allowed is taken`() async throws {
        let orders = try #require(RunningOrders.shared)
        let product = String(repeating: "\u{1F4E6}", count: 64)
        let item = #"{"productId":"\#(product)","quantity":100000,"unitPrice":"1000000.00"}"#
        let items = Array(repeating: item, count: 100).joined(separator: ",")
        let placed = try await orders.send("POST", "/orders", Array(#"{"customerId":"c-1","items":[\#(items)]}"#.utf8))
        #expect(placed.status == 201)
        let order = try await orders.end(of: try placed.json["orderId"].text)
        #expect(order["total"] == "10000000000000.00")
        #expect(order["reason"] == "unknown_product")
    }
}
