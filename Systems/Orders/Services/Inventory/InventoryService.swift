import Hummingbird
import Tidings
import TidingsService

/// Keeps the stock, and sets it aside for orders.
enum InventoryService {
    static func make(on platform: Platform) async throws -> HostedService {
        let database = try await platform.database(for: "inventory", migrations: StockTable.migrations)

        let inventory = Subscriber("inventory", on: platform, database) {
            On(OrderCreated.self) { try Reservations.reserve(for: $0, in: $1) }
            On(PaymentConfirmed.self) { try Reservations.finalise($0.orderId, in: $1) }
            On(OrderCancelled.self) { try Reservations.release($0.orderId, in: $1) }
        }
        return try HostedService(
            "inventory", on: platform, port: 3007, database: database, subscribers: [inventory],
            metricsPath: "/inventory/metrics"
        ) { router in
            InventoryRoutes(database: database).add(to: router)
        }
    }
}
