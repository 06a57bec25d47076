import Testing

/// A request that is refused, and what it is refused with.
struct BadRequest: Sendable, CustomTestStringConvertible {
    let what: String
    var method = "POST"
    var path = "/orders"
    var service = "order"
    var headers: [String: String] = [:]
    var body: [UInt8]?
    var status = 400
    var kind = "invalid-value"
    /// The JSON pointer to the field at fault.
    var pointer: String?
    /// The parameter at fault.
    var parameter: String?

    var testDescription: String { what }

    /// An order that is refused for one of its fields.
    static func order(_ what: String, _ body: String, at pointer: String) -> BadRequest {
        BadRequest(what: what, body: Array(body.utf8), pointer: pointer)
    }

    /// An order whose one item is refused.
    static func item(_ what: String, _ item: String, at pointer: String) -> BadRequest {
        order(what, #"{"customerId":"c-1","items":[\#(item)]}"#, at: "/items/0\(pointer)")
    }

    static func quantity(_ what: String, _ quantity: String) -> BadRequest {
        item("\(what) quantity", #"{"productId":"p-1","quantity":\#(quantity),"unitPrice":"9.99"}"#, at: "/quantity")
    }

    static func price(_ what: String, _ price: String) -> BadRequest {
        item("\(what) unitPrice", #"{"productId":"p-1","quantity":1,"unitPrice":\#(price)}"#, at: "/unitPrice")
    }

    static func customer(_ what: String, _ customer: String) -> BadRequest {
        order("\(what) customerId", #"{"customerId":\#(customer),"items":[\#(item)]}"#, at: "/customerId")
    }

    static func product(_ what: String, _ product: String) -> BadRequest {
        item("\(what) productId", #"{"productId":\#(product),"quantity":1,"unitPrice":"9.99"}"#, at: "/productId")
    }

    /// A body that is no JSON.
    static func malformed(_ what: String, _ body: [UInt8]) -> BadRequest {
        BadRequest(what: what, body: body, kind: "malformed-json")
    }

    static func malformed(_ what: String, _ body: String) -> BadRequest { malformed(what, Array(body.utf8)) }

    /// A request without a body for something that is not there.
    static func unknown(_ what: String, _ path: String, in service: String = "order") -> BadRequest {
        BadRequest(what: what, method: "GET", path: path, service: service, status: 404, kind: "not-found")
    }

    static func parameter(
        _ what: String, _ path: String, _ parameter: String, in service: String = "order"
    ) -> BadRequest {
        BadRequest(
            what: what, method: "GET", path: path, service: service, kind: "invalid-parameter", parameter: parameter)
    }

    static func stock(_ what: String, _ stock: String) -> BadRequest {
        BadRequest(
            what: "\(what) stock", method: "PUT", path: "/inventory/products/p-1", service: "inventory",
            body: Array(#"{"stock":\#(stock)}"#.utf8), pointer: "/stock")
    }

    static func method(_ method: String, _ path: String, in service: String = "order") -> BadRequest {
        BadRequest(
            what: "\(method) \(path)", method: method, path: path, service: service, status: 405,
            kind: "method-not-allowed")
    }

    static func key(_ what: String, _ key: String) -> BadRequest {
        BadRequest(
            what: "\(what) Idempotency-Key", headers: ["Idempotency-Key": key], body: Array(goodOrder.utf8),
            kind: "invalid-parameter", parameter: "Idempotency-Key")
    }

    static let item = #"{"productId":"p-1","quantity":1,"unitPrice":"9.99"}"#
    static let goodOrder = #"{"customerId":"c-1","items":[\#(item)]}"#
}
