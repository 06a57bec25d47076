import Tidings

/// The payments in the payment service's database, one for an order.
enum PaymentTable {
    static let migrations = [
        Migration(
            "payments-1",
            """
            CREATE TABLE payments (
                order_id TEXT PRIMARY KEY, amount BIGINT NOT NULL, status TEXT NOT NULL, transaction_id TEXT,
                reason TEXT, at BIGINT NOT NULL)
            """),
        Migration(
            "payments-2",
            "ALTER TABLE payments ADD COLUMN charge_key TEXT",
            // The only gateway so far made its transactions of the keys.
            """
            UPDATE payments SET charge_key = substr(transaction_id, length('simulated-') + 1)
            WHERE transaction_id LIKE 'simulated-%'
            """),
    ]

    static func find(_ id: OrderID, in connection: any DatabaseConnection) throws -> Payment? {
        try connection.query(
            "SELECT order_id, amount, status, charge_key, transaction_id, reason, at FROM payments WHERE order_id = \(id)"
        ).first.map(Payment.init)
    }

    /// Notes that an order is to be charged, unless its payment has come further already.
    /// - Returns: what to charge; `nil` if the gateway must not be asked for money.
    static func beginCharge(
        for id: OrderID, _ amount: Money, key: String, in transaction: Transaction
    ) throws -> Payment? {
        try insert(.charging, for: id, amount, key: key, in: transaction)
        guard let payment = try find(id, in: transaction), payment.status == .charging else { return nil }
        return payment
    }

    /// Notes what the gateway answered to a charge.
    /// - Returns: whether that counts: not if a refund has begun meanwhile, which gives back what was taken.
    static func endCharge(_ charge: Charge, for id: OrderID, in transaction: Transaction) throws -> Bool {
        let (status, transactionId, reason): (Payment.Status, String?, String?) =
            switch charge {
            case .approved(let transactionId): (.confirmed, transactionId, nil)
            case .declined(let reason): (.failed, nil, reason)
            }
        return try transaction.execute(
            """
            UPDATE payments SET status = \(status), transaction_id = \(transactionId), reason = \(reason),
                at = \(transaction.now)
            WHERE order_id = \(id) AND status = \(Payment.Status.charging)
            """) == 1
    }

    /// Notes that what may have been taken for an order is to be given back. From now on it is not charged any more.
    /// - Returns: what to refund; `nil` if there is nothing.
    static func beginRefund(for id: OrderID, in transaction: Transaction) throws -> Payment? {
        guard let payment = try find(id, in: transaction) else {
            // Should the order itself come later, it must not be charged.
            try insert(.cancelled, for: id, Money(cents: 0), key: nil, in: transaction)
            return nil
        }
        switch payment.status {
        case .charging, .confirmed:
            try set(.refunding, for: id, from: payment.status, in: transaction)
            return payment
        case .refunding:
            return payment
        case .failed, .refunded, .cancelled:
            return nil
        }
    }

    /// Notes what the gateway answered to a refund.
    static func endRefund(_ refund: Refund, for id: OrderID, in transaction: Transaction) throws {
        let status: Payment.Status = refund == .refunded ? .refunded : .cancelled
        try set(status, for: id, from: .refunding, in: transaction)
    }

    /// Enters a payment; nothing if the order has one.
    private static func insert(
        _ status: Payment.Status, for id: OrderID, _ amount: Money, key: String?, in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO payments (order_id, amount, status, charge_key, at)
            VALUES (\(id), \(amount), \(status), \(key), \(transaction.now))
            ON CONFLICT (order_id) DO NOTHING
            """)
    }

    private static func set(
        _ status: Payment.Status, for id: OrderID, from old: Payment.Status, in transaction: Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE payments SET status = \(status), at = \(transaction.now)
            WHERE order_id = \(id) AND status = \(old)
            """)
    }
}

extension Payment {
    init(_ row: SQLRow) throws {
        orderId = try row.value("order_id")
        amount = try row.value("amount")
        status = try row.value("status")
        chargeKey = try row.value("charge_key")
        transactionId = try row.value("transaction_id")
        reason = try row.value("reason")
        time = try row.value("at")
    }
}
