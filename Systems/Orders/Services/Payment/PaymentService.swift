import Hummingbird
import Tidings
import TidingsService

/// Takes the money for orders, and gives it back for those that are cancelled.
enum PaymentService {
    /// What became of the attempt to charge for an order.
    private enum Attempt: Codable, Sendable {
        case charged(Charge)
        /// The order was cancelled first.
        case notNeeded
    }

    /// What was given back for a cancelled order.
    private enum Refund: Codable, Sendable {
        case refunded(Money)
        case nothingToRefund
    }

    static func make(on platform: Platform, gateway: any PaymentGateway) async throws -> HostedService {
        let database = try await platform.database(for: "payment", migrations: PaymentTable.migrations)
        let breaker = CircuitBreaker("payment gateway", service: "payment", time: platform.environment.time)

        let payment = Subscriber("payment", on: platform, database) {
            On(OrderCreated.self) { order, effect in
                if try await effect.database.read({ try PaymentTable.find(order.orderId, in: $0) }) != nil {
                    return Attempt.notNeeded
                }
                return .charged(
                    try await breaker.call {
                        try await gateway.charge(order.total, idempotencyKey: effect.idempotencyKey)
                    })
            } then: { order, attempt, transaction in
                if case .charged(let charge) = attempt { try record(charge, for: order, in: transaction) }
            }

            On(OrderCancelled.self) { order, effect in
                guard let payment = try await effect.database.read({ try PaymentTable.find(order.orderId, in: $0) }),
                    payment.status == .confirmed, let transactionId = payment.transactionId
                else { return Refund.nothingToRefund }
                try await breaker.call {
                    try await gateway.refund(
                        transactionId, payment.amount, idempotencyKey: effect.idempotencyKey)
                }
                return .refunded(payment.amount)
            } then: { order, refund, transaction in
                switch refund {
                case .refunded(let amount):
                    try PaymentTable.setRefunded(order.orderId, in: transaction)
                    try transaction.publish(PaymentRefunded(orderId: order.orderId, amount: amount))
                case .nothingToRefund:
                    // Should the order itself come later, it must not be charged.
                    try PaymentTable.insert(.cancelled(order.orderId, at: transaction.now), in: transaction)
                }
            }
        }
        return try HostedService(
            "payment", on: platform, port: 3006, database: database, subscribers: [payment],
            metricsPath: "/payments/metrics"
        ) { router in
            router.get("payments") { request, _ in try await list(request, database) }
        }
    }

    private static func record(_ charge: Charge, for order: OrderCreated, in transaction: Transaction) throws {
        switch charge {
        case .approved(let transactionId):
            try PaymentTable.insert(
                Payment(
                    orderId: order.orderId, amount: order.total, status: .confirmed, transactionId: transactionId,
                    reason: nil, time: transaction.now), in: transaction)
            try transaction.publish(
                PaymentConfirmed(orderId: order.orderId, amount: order.total, transactionId: transactionId))
        case .declined(let reason):
            try PaymentTable.insert(
                Payment(
                    orderId: order.orderId, amount: order.total, status: .failed, transactionId: nil, reason: reason,
                    time: transaction.now), in: transaction)
            try transaction.publish(PaymentFailed(orderId: order.orderId, amount: order.total, reason: reason))
        }
    }

    private static func list(_ request: Request, _ database: ServiceDatabase) async throws -> Response {
        guard let id = request.text("orderId") else {
            throw Problem.invalidParameter("orderId", "`orderId` is required: /payments?orderId=…")
        }
        let payment = try await database.read { try PaymentTable.find(OrderID(rawValue: id), in: $0) }
        return .json(PaymentList(payments: [payment].compactMap { $0 }.compactMap(PaymentBody.init)))
    }
}

extension Payment {
    fileprivate static func cancelled(_ id: OrderID, at now: Timestamp) -> Payment {
        Payment(
            orderId: id, amount: Money(cents: 0), status: .cancelled, transactionId: nil, reason: nil, time: now)
    }
}

private struct PaymentList: Encodable {
    let payments: [PaymentBody]
}

private struct PaymentBody: Encodable {
    let orderId: String
    let amount: Money
    let status: String
    let transactionId: String?
    let reason: String?
    let time: Timestamp

    /// `nil` where no money was asked for.
    init?(_ payment: Payment) {
        guard payment.status != .cancelled else { return nil }
        orderId = payment.orderId.rawValue
        amount = payment.amount
        status = payment.status.rawValue
        transactionId = payment.transactionId
        reason = payment.reason
        time = payment.time
    }
}
