extension BadRequest {
    /// Every kind of request that is wrong.
    static let table = bodies + sources + quantities + prices + items + names + parameters + stocks + routes + keys

    private static let bodies: [BadRequest] = [
        .malformed("half an object", #"{"customerId":"c-1","#),
        .malformed("words", "nonsense"),
        .malformed("ten thousand brackets", String(repeating: "[", count: 10_000)),
        .malformed(
            "ten thousand objects",
            String(repeating: #"{"a":"#, count: 10_000) + "1" + String(repeating: "}", count: 10_000)),
        .malformed("a NUL", "\0"),
        .malformed("bytes that are not UTF-8", Array(#"{"customerId":"c-"#.utf8) + [0xFF, 0xFE] + Array(#"1"}"#.utf8)),
        .malformed(
            "half a character of UTF-8",
            Array(#"{"items":[],"customerId":"c-"#.utf8) + [0xE2, 0x82] + Array(#""}"#.utf8)),
        .malformed("half a surrogate pair", #"{"items":[],"customerId":"\ud800"}"#),
        BadRequest(what: "no body", kind: "empty-body"),
        BadRequest(what: "an empty body", body: [], kind: "empty-body"),
        BadRequest(
            what: "a body above 1 MiB", body: [UInt8](repeating: UInt8(ascii: " "), count: (1 << 20) + 1), status: 413,
            kind: "body-too-large"),
        BadRequest(
            what: "a body of 8 MiB", body: [UInt8](repeating: UInt8(ascii: "["), count: 8 << 20), status: 413,
            kind: "body-too-large"),
        .order("an array", "[1,2]", at: ""),
        .order("a text", #""order""#, at: ""),
        .order("a number", "7", at: ""),
        .order("null", "null", at: ""),
    ]

    private static let sources: [BadRequest] =
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"].map {
            type in
            BadRequest(
                what: "an order as \(type)", headers: ["Content-Type": type], body: Array(goodOrder.utf8), status: 415,
                kind: "not-json", parameter: "Content-Type")
        } + [
            BadRequest(
                what: "an order of a web page", headers: ["Origin": "https://example.com"], body: Array(goodOrder.utf8),
                status: 403, kind: "foreign-origin", parameter: "Origin"),
            BadRequest(
                what: "an order for another host", headers: ["Host": "example.com"], body: Array(goodOrder.utf8),
                status: 421, kind: "unknown-host", parameter: "Host"),
        ]

    private static let quantities: [BadRequest] = [
        .item("missing quantity", #"{"productId":"p-1","unitPrice":"9.99"}"#, at: "/quantity"),
        .quantity("null", "null"),
        .quantity("negative", "-1"),
        .quantity("zero", "0"),
        .quantity("fractional", "1.5"),
        .quantity("too large a", "100001"),
        .quantity("huge", "1180591620717411303424"),
        .quantity("astronomic", "1e400"),
        .quantity("text for a", #""2""#),
        .quantity("truth for a", "true"),
        .quantity("list for a", "[2]"),
    ]

    private static let prices: [BadRequest] = [
        .item("missing unitPrice", #"{"productId":"p-1","quantity":1}"#, at: "/unitPrice"),
        .price("null", "null"),
        .price("numeric", "9.99"),
        .price("negative", #""-9.99""#),
        .price("signed", #""+9.99""#),
        .price("three decimals in", #""9.999""#),
        .price("text for a", #""cheap""#),
        .price("empty", #""""#),
        .price("dot for a", #"".""#),
        .price("exponent in", #""1e3""#),
        .price("comma in", #""9,99""#),
        .price("other digits in", #""٩.٩٩""#),
        .price("too high a", #""1000000.01""#),
        .price("huge", #""99999999999999999999999999.99""#),
    ]

    private static let items: [BadRequest] = [
        .order("missing items", #"{"customerId":"c-1"}"#, at: "/items"),
        .order("null items", #"{"customerId":"c-1","items":null}"#, at: "/items"),
        .order("an object for items", #"{"customerId":"c-1","items":{}}"#, at: "/items"),
        .order("no items", #"{"customerId":"c-1","items":[]}"#, at: "/items"),
        .order(
            "101 items",
            #"{"customerId":"c-1","items":[\#(Array(repeating: item, count: 101).joined(separator: ","))]}"#,
            at: "/items"),
        .order("a null item", #"{"customerId":"c-1","items":[\#(item),null]}"#, at: "/items/1"),
        .order("a text for an item", #"{"customerId":"c-1","items":["p-1"]}"#, at: "/items/0"),
        .order(
            "a wrong second item",
            #"{"customerId":"c-1","items":[\#(item),{"productId":"p-1","quantity":0,"unitPrice":"1"}]}"#,
            at: "/items/1/quantity"),
    ]

    private static let names: [BadRequest] = [
        .order("missing customerId", #"{"items":[\#(item)]}"#, at: "/customerId"),
        .customer("null", "null"),
        .customer("numeric", "7"),
        .customer("empty", #""""#),
        .customer("too long a", #""\#(String(repeating: "c", count: 65))""#),
        .customer("one endless character as", #""e\#(String(repeating: "\u{301}", count: 10_000))""#),
        .customer("newline in", #""c\n1""#),
        .customer("NUL in", #""c\u00001""#),
        .customer("C1 control character in", #""c\u00851""#),
        .customer("decomposed", #""cafe\#("\u{301}")""#),
        .item("missing productId", #"{"quantity":1,"unitPrice":"9.99"}"#, at: "/productId"),
        .product("null", "null"),
        .product("empty", #""""#),
        .product("too long a", #""\#(String(repeating: "p", count: 65))""#),
        .product("decomposed", #""cafe\#("\u{301}")""#),
        .product("escape in", #""p\u001b1""#),
    ]

    private static let parameters: [BadRequest] =
        ["0", "-1", "1001", "ten", "1.5", "", "99999999999999999999"].map { limit in
            .parameter("limit \(limit)", "/orders?limit=\(limit)", "limit")
        } + [
            .parameter("an unknown status", "/orders?status=LOST", "status"),
            .parameter("a status in small letters", "/orders?status=pending", "status"),
            .parameter("payments of no order", "/payments", "orderId", in: "payment"),
            .parameter("payments of an empty order", "/payments?orderId=", "orderId", in: "payment"),
            .unknown("an unknown order", "/orders/no-such-order"),
            .unknown("an order with odd characters", "/orders/%00%0a%22%3cscript%3e"),
            .unknown("a very long order id", "/orders/\(String(repeating: "x", count: 5000))"),
            .unknown("an unknown saga", "/sagas/no-such-saga"),
            .unknown("the saga of an unknown order", "/sagas/checkout-no-such-order"),
            .unknown("the saga of no order", "/sagas/checkout-"),
            .unknown("an unknown product", "/inventory/products/no-such-product", in: "inventory"),
        ]

    private static let stocks: [BadRequest] = [
        .stock("null", "null"),
        .stock("negative", "-1"),
        .stock("fractional", "1.5"),
        .stock("too much", "1000000001"),
        .stock("huge", "1180591620717411303424"),
        .stock("text for", #""100""#),
        BadRequest(
            what: "missing stock", method: "PUT", path: "/inventory/products/p-1", service: "inventory",
            body: Array("{}".utf8), pointer: "/stock"),
        BadRequest(
            what: "no body for stock", method: "PUT", path: "/inventory/products/p-1", service: "inventory",
            kind: "empty-body"),
        BadRequest(
            what: "stock of too long a product", method: "PUT",
            path: "/inventory/products/\(String(repeating: "p", count: 65))", service: "inventory",
            body: Array(#"{"stock":1}"#.utf8), kind: "invalid-parameter", parameter: "id"),
        BadRequest(
            what: "stock of a product whose name is decomposed", method: "PUT",
            path: "/inventory/products/cafe%CC%81", service: "inventory", body: Array(#"{"stock":1}"#.utf8),
            kind: "invalid-parameter", parameter: "id"),
        BadRequest(
            what: "stock of a product with a newline", method: "PUT", path: "/inventory/products/p%0a",
            service: "inventory", body: Array(#"{"stock":1}"#.utf8), kind: "invalid-parameter", parameter: "id"),
    ]

    private static let routes: [BadRequest] = [
        .unknown("an unknown route", "/nowhere"),
        .unknown("the root", "/"),
        .unknown("another service's route", "/payments?orderId=o", in: "order"),
        BadRequest(
            what: "POST to an unknown route", path: "/nowhere", body: Array("{".utf8), status: 404, kind: "not-found"),
        .method("DELETE", "/orders"),
        .method("PUT", "/orders/o-1"),
        .method("POST", "/sagas/s-1"),
        .method("POST", "/payments", in: "payment"),
        .method("POST", "/inventory/products/p-1", in: "inventory"),
        .method("DELETE", "/inventory/products/p-1", in: "inventory"),
        .method("POST", "/health"),
        .method("POST", "/orders/metrics"),
    ]

    private static let keys: [BadRequest] = [
        .key("an empty", ""),
        .key("a decomposed", "cafe\u{301}"),
        .key("a 256 byte", String(repeating: "k", count: 256)),
    ]
}
