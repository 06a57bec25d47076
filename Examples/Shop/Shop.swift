import Hummingbird
import ServiceLifecycle
import Tidings
import TidingsService

struct OrderPlaced: Event {
    static let type: EventType = "order.placed.v1"
    let product: String
    var subject: String? { product }
}

@main
struct Shop: ServiceProgram {
    static let scope: Scope = "shop"

    static func services(on platform: Platform) async throws -> [any Service] {
        let database = try await platform.database(
            for: "stock",
            migrations: [Migration("stock", "CREATE TABLE stock (product TEXT PRIMARY KEY, free INTEGER NOT NULL)")])
        let subscriber = Subscriber("stock", on: platform, database) {
            On(OrderPlaced.self) { order, transaction in
                try transaction.execute("UPDATE stock SET free = free - 1 WHERE product = \(order.product)")
            }
        }
        let stock = try HostedService(
            "stock", on: platform, port: 3000, database: database, subscribers: [subscriber],
            metricsPath: "/stock/metrics"
        ) { router in
            router.get("stock/:product") { _, context in
                let product = try context.parameters.text("product")
                let rows = try await database.read {
                    try $0.query("SELECT free FROM stock WHERE product = \(product)")
                }
                guard let row = rows.first else { throw Problem.notFound("there is no product \(product)") }
                return Response.json(["free": try row.value("free", as: Int.self)])
            }
        }
        return [stock]
    }
}
