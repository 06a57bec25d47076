import Tidings

/// A payment for an order.
struct Payment: Sendable {
    enum Status: String, SQLValueConvertible {
        case confirmed
        case failed
        case refunded
        /// The order was cancelled before it was to be paid: it never will be.
        case cancelled
    }

    let orderId: OrderID
    let amount: Money
    let status: Status
    let transactionId: String?
    let reason: String?
    let time: Timestamp
}

/// The payments in the payment service's database, one for an order.
enum PaymentTable {
    static let migrations = [
        Migration(
            "payments-1",
            """
            CREATE TABLE payments (
                order_id TEXT PRIMARY KEY, amount BIGINT NOT NULL, status TEXT NOT NULL, transaction_id TEXT,
                reason TEXT, at BIGINT NOT NULL)
            """)
    ]

    static func find(_ id: OrderID, in connection: any DatabaseConnection) throws -> Payment? {
        try connection.query(
            "SELECT order_id, amount, status, transaction_id, reason, at FROM payments WHERE order_id = \(id)"
        ).first.map(Payment.init)
    }

    /// Enters a payment; where the order has one, nothing.
    static func insert(_ payment: Payment, in transaction: Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO payments (order_id, amount, status, transaction_id, reason, at)
            VALUES (\(payment.orderId), \(payment.amount), \(payment.status), \(payment.transactionId),
                \(payment.reason), \(payment.time))
            ON CONFLICT (order_id) DO NOTHING
            """)
    }

    static func setRefunded(_ id: OrderID, in transaction: Transaction) throws {
        try transaction.execute(
            """
            UPDATE payments SET status = \(Payment.Status.refunded), at = \(transaction.now)
            WHERE order_id = \(id) AND status = \(Payment.Status.confirmed)
            """)
    }
}

extension Payment {
    init(_ row: SQLRow) throws {
        orderId = try row.value("order_id")
        amount = try row.value("amount")
        status = try row.value("status")
        transactionId = try row.value("transaction_id")
        reason = try row.value("reason")
        time = try row.value("at")
    }
}
