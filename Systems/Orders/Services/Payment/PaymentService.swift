import Hummingbird
import Tidings
import TidingsService

/// Takes the money for orders, and gives it back for those that are cancelled.
///
/// What is asked of the gateway is written down before. So an order that is cancelled while nobody knows whether it was
/// charged, because the answer was lost, is refunded by the key of its charge, and from the moment at which that is written
/// down it is not charged any more. A charge that is on its way at that moment is up to the gateway: see ``PaymentGateway``.
enum PaymentService {
    /// What became of the attempt to charge for an order.
    private enum Attempt: Codable, Sendable {
        case charged(Charge)
        /// The order was cancelled first.
        case notNeeded
    }

    /// What was given back for a cancelled order.
    private enum Outcome: Codable, Sendable {
        case refunded(Money)
        case nothingToRefund
    }

    static func make(on platform: Platform, gateway: any PaymentGateway) async throws -> HostedService {
        let database = try await platform.database(for: "payment", migrations: PaymentTable.migrations)
        let breaker = CircuitBreaker("payment gateway", service: "payment", time: platform.environment.time)

        let payment = Subscriber("payment", on: platform, database) {
            On(OrderCreated.self) { order, effect, transaction in
                try PaymentTable.beginCharge(
                    for: order.orderId, order.total, key: effect.idempotencyKey, in: transaction)
            } effect: { _, payment, _ in
                guard let payment, let key = payment.chargeKey else { return Attempt.notNeeded }
                return .charged(
                    try await breaker.call { try await gateway.charge(payment.amount, idempotencyKey: key) })
            } then: { order, attempt, transaction in
                guard case .charged(let charge) = attempt,
                    try PaymentTable.endCharge(charge, for: order.orderId, in: transaction)
                else { return }
                try publish(charge, for: order, in: transaction)
            }
            // A cancellation does not wait behind a charge that is tried again, or the charge would have to succeed first.
            .unordered()

            On(OrderCancelled.self) { order, _, transaction in
                try PaymentTable.beginRefund(for: order.orderId, in: transaction)
            } effect: { _, payment, _ in
                guard let payment, let key = payment.chargeKey else { return Outcome.nothingToRefund }
                switch try await breaker.call({ try await gateway.refund(idempotencyKey: key) }) {
                case .refunded:
                    return .refunded(payment.amount)
                case .nothingTaken where payment.transactionId != nil:
                    throw TidingsError(.corrupt, "the payment gateway does not know a charge that it approved")
                case .nothingTaken:
                    return .nothingToRefund
                }
            } then: { order, outcome, transaction in
                switch outcome {
                case .refunded(let amount):
                    try PaymentTable.endRefund(.refunded, for: order.orderId, in: transaction)
                    try transaction.publish(PaymentRefunded(orderId: order.orderId, amount: amount))
                case .nothingToRefund:
                    try PaymentTable.endRefund(.nothingTaken, for: order.orderId, in: transaction)
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

    private static func publish(_ charge: Charge, for order: OrderCreated, in transaction: Transaction) throws {
        switch charge {
        case .approved(let transactionId):
            try transaction.publish(
                PaymentConfirmed(orderId: order.orderId, amount: order.total, transactionId: transactionId))
        case .declined(let reason):
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

    /// `nil` if no money was taken or will be.
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
