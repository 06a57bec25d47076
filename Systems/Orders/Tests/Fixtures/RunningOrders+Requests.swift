import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension RunningOrders {
    /// Sends a request and reads the whole answer.
    @discardableResult
    func send(
        _ method: String, _ path: String, to service: String = "order", headers: [String: String] = [:],
        _ body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url(of: service, path))
        request.method = HTTPMethod(rawValue: method)
        if body != nil { request.headers.add(name: "Content-Type", value: "application/json") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(body, length: .known(Int64(body.count))) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        return Answer(
            status: Int(response.status.code), contentType: response.headers.first(name: "content-type") ?? "",
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { $1 },
            bytes: Array(bytes.readableBytesView))
    }

    func get(_ path: String, from service: String = "order") async throws -> Answer {
        try await send("GET", path, to: service)
    }

    // MARK: Orders

    @discardableResult
    func place(
        _ quantity: Int = 2, of product: String = "p-1", customer: String = "c-1", key: String? = nil
    ) async throws -> Answer {
        let body = """
            {"customerId":"\(customer)","items":[{"productId":"\(product)","quantity":\(quantity),"unitPrice":"9.99"}]}
            """
        return try await send(
            "POST", "/orders", headers: key.map { ["Idempotency-Key": $0] } ?? [:], Array(body.utf8))
    }

    /// Places an order and waits for its end.
    func finish(_ quantity: Int = 2, of product: String = "p-1") async throws -> JSONValue {
        let placed = try await place(quantity, of: product)
        guard placed.status == 201 else { throw Unmet("the order was answered \(placed.status): \(placed.text)") }
        return try await end(of: try placed.json["orderId"].text)
    }

    /// Waits for the end of an order.
    func end(of order: String) async throws -> JSONValue {
        while true {
            let shown = try await get("/orders/\(order)").json
            if shown["status"] != "PENDING" { return shown }
            try Task.checkCancellation()
        }
    }

    func saga(of order: JSONValue) async throws -> JSONValue {
        try await get("/sagas/\(order["sagaId"].text)").json
    }

    func payments(of order: JSONValue) async throws -> [JSONValue] {
        try await get("/payments?orderId=\(order["orderId"].text)", from: "payment").json["payments"].list
    }

    func stock(of product: String = "p-1") async throws -> JSONValue {
        try await get("/inventory/products/\(product)", from: "inventory").json
    }
}
