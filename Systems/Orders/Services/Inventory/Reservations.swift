import Tidings

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the inventory service does for orders. Every rule holds in whatever order its events arrive.
enum Reservations {
    private enum Status: String, SQLValueConvertible {
        /// The stock is set aside.
        case reserved
        /// The stock is taken.
        case finalised
        /// The stock is there again.
        case released
        /// There was not enough.
        case failed
        /// It was paid before it was known.
        case paid
        /// It was cancelled before it was known.
        case cancelled
    }

    private struct Reservation {
        let status: Status
        let items: [LineItem]
    }

    /// Sets aside what an order asks for, all of it or nothing, and says which.
    static func reserve(for order: OrderCreated, in transaction: Transaction) throws {
        let known = try find(order.orderId, in: transaction)
        guard known == nil || known?.status == .paid else { return }
        if let reason = try obstacle(to: order.items, in: transaction) {
            try save(.failed, order.orderId, order.items, in: transaction)
            try transaction.publish(InventoryFailed(orderId: order.orderId, reason: reason))
            return
        }
        for (product, quantity) in order.items.quantities {
            try StockTable.change(product, reserved: quantity, in: transaction)
        }
        try save(.reserved, order.orderId, order.items, in: transaction)
        try transaction.publish(InventoryReserved(orderId: order.orderId))
        if known?.status == .paid { try finalise(order.orderId, in: transaction) }
    }

    /// Takes what was set aside: the order is paid.
    static func finalise(_ id: OrderID, in transaction: Transaction) throws {
        guard let known = try find(id, in: transaction) else {
            return try save(.paid, id, [], in: transaction)
        }
        guard known.status == .reserved else { return }
        for (product, quantity) in known.items.quantities {
            // Both at once: a product never has less stock than is set aside of it.
            try StockTable.change(product, stock: -quantity, reserved: -quantity, in: transaction)
        }
        try save(.finalised, id, known.items, in: transaction)
    }

    /// Gives back what was set aside or taken: the order is cancelled.
    static func release(_ id: OrderID, in transaction: Transaction) throws {
        guard let known = try find(id, in: transaction) else {
            return try save(.cancelled, id, [], in: transaction)
        }
        switch known.status {
        case .reserved, .finalised:
            for (product, quantity) in known.items.quantities {
                if known.status == .reserved {
                    try StockTable.change(product, reserved: -quantity, in: transaction)
                } else {
                    try StockTable.change(product, stock: quantity, in: transaction)
                }
            }
            try save(.released, id, known.items, in: transaction)
            try transaction.publish(InventoryReleased(orderId: id))
        case .paid:
            try save(.cancelled, id, [], in: transaction)
        case .released, .failed, .cancelled:
            break
        }
    }

    private static func obstacle(
        to items: [LineItem], in transaction: Transaction
    ) throws -> InventoryFailed.Reason? {
        for (id, quantity) in items.quantities {
            guard let product = try StockTable.find(id, in: transaction) else { return .unknownProduct }
            if product.available < quantity { return .insufficientStock }
        }
        return nil
    }

    private static func find(_ id: OrderID, in transaction: Transaction) throws -> Reservation? {
        try transaction.query("SELECT status, items FROM reservations WHERE order_id = \(id)").first.map { row in
            let items: String = try row.value("items")
            return Reservation(
                status: try row.value("status"),
                items: try JSONDecoder().decode([LineItem].self, from: Data(items.utf8)))
        }
    }

    private static func save(
        _ status: Status, _ id: OrderID, _ items: [LineItem], in transaction: Transaction
    ) throws {
        let items = String(decoding: try JSONEncoder().encode(items), as: UTF8.self)
        try transaction.execute(
            """
            INSERT INTO reservations (order_id, status, items, at)
            VALUES (\(id), \(status), \(items), \(transaction.now))
            ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, items = excluded.items, at = excluded.at
            """)
    }
}
