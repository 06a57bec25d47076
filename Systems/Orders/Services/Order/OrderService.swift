import Tidings
import TidingsService

/// Takes orders, and runs the saga that carries each to its end.
enum OrderService {
    static func make(on platform: Platform) async throws -> HostedService {
        let database = try await platform.database(for: "order", migrations: OrderTable.migrations)
        let hour = 3600
        let timeout = try platform.settings.integer("ORDER_TIMEOUT_SECONDS", in: 1...hour, default: hour)

        let checkout = Subscriber("checkout", on: platform, database) {
            SagaHandler(Checkout.self)
        }
        let orders = Subscriber("order", on: platform, database) {
            On(OrderConfirmed.self) { event, transaction in
                try OrderTable.set(.confirmed, of: event.orderId, from: [.pending], in: transaction)
            }
            On(OrderCancelled.self) { event, transaction in
                try OrderTable.set(
                    .cancelled, of: event.orderId, from: [.pending, .confirmed], reason: event.reason, in: transaction)
            }
            On(OrderFailed.self) { event, transaction in
                try OrderTable.set(
                    .failed, of: event.orderId, from: [.pending, .cancelled], reason: event.reason, in: transaction)
            }
        }
        return try HostedService(
            "order", on: platform, port: 3004, database: database, subscribers: [checkout, orders],
            metricsPath: "/orders/metrics"
        ) { router in
            OrderRoutes(database: database, timeoutSeconds: timeout == hour ? nil : timeout).add(to: router)
        }
    }
}
