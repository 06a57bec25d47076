import Tidings
import TidingsService

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The orders in the order service's database.
///
/// The column `idempotency_key` is that of earlier builds; the keys have a table of their own.
enum OrderTable {
    static let migrations = [
        IdempotencyKeys.migration,
        Migration(
            "orders-1",
            """
            CREATE TABLE orders (
                id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, items TEXT NOT NULL, total BIGINT NOT NULL,
                status TEXT NOT NULL, reason TEXT, idempotency_key TEXT UNIQUE, created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL)
            """,
            "CREATE INDEX orders_status ON orders (status, id)",
            // The last word on each order, as it was heard.
            """
            CREATE TABLE order_history (
                order_id TEXT NOT NULL, event_type TEXT NOT NULL, event_id TEXT NOT NULL, at BIGINT NOT NULL)
            """),
    ]

    /// Enters a new order.
    static func insert(_ id: OrderID, _ request: PlaceOrder, in transaction: Transaction) throws {
        let items = String(decoding: try JSONEncoder().encode(request.items), as: UTF8.self)
        try transaction.execute(
            """
            INSERT INTO orders (id, customer_id, items, total, status, created_at, updated_at)
            VALUES (\(id), \(request.customerId), \(items), \(request.items.total), \(Order.Status.pending),
                \(transaction.now), \(transaction.now))
            """)
    }

    static func find(_ id: OrderID, in connection: any DatabaseConnection) throws -> Order? {
        try connection.query("\(select) WHERE id = \(id)").first.map(Order.init)
    }

    /// A page of orders in the order of their making.
    static func list(
        _ status: Order.Status?, after id: String, limit: Int, in connection: any DatabaseConnection
    ) throws -> [Order] {
        let filter: SQLStatement = status.map { "AND status = \($0)" } ?? ""
        return try connection.query("\(select) WHERE id > \(id) \(filter) ORDER BY id LIMIT \(limit)").map(Order.init)
    }

    /// Moves an order on, unless it has come further already, and notes the event that says so.
    static func set(
        _ status: Order.Status, of id: OrderID, from allowed: [Order.Status], reason: String? = nil,
        in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE orders SET status = \(status), reason = COALESCE(\(reason), reason), updated_at = \(transaction.now)
            WHERE id = \(id) AND status IN (\(list: allowed))
            """)
        guard let event = transaction.handledEvent else { return }
        try transaction.execute(
            """
            INSERT INTO order_history (order_id, event_type, event_id, at)
            VALUES (\(id), \(event.type), \(event.id), \(transaction.now))
            """)
    }

    private static let select: SQLStatement =
        "SELECT id, customer_id, items, total, status, reason, created_at, updated_at FROM orders"
}

extension Order {
    init(_ row: SQLRow) throws {
        id = try row.value("id")
        customerId = try row.value("customer_id")
        let text: String = try row.value("items")
        items = try JSONDecoder().decode([LineItem].self, from: Data(text.utf8))
        total = try row.value("total")
        status = try row.value("status")
        reason = try row.value("reason")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
    }
}
