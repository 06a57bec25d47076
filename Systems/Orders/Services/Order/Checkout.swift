public import Tidings

/// Carries an order to its end: confirmed when it is paid and its stock is reserved, otherwise cancelled and undone.
public struct Checkout: Saga {
    /// A saga for each order.
    public typealias ID = OrderID

    /// Where an order stands. `STARTED`, before the saga has heard of it, is told by its absence.
    public enum Stage: String, Codable, Sendable {
        case paymentPending = "PAYMENT_PENDING"
        case completed = "COMPLETED"
        case failed = "FAILED"
    }

    let orderId: OrderID
    var isPaid = false
    var isReserved = false

    /// Where the order stands.
    public var stage = Stage.paymentPending

    /// A refund may have to wait until a gateway is back: a person is called after a day.
    public static var compensation: CompensationPolicy {
        CompensationPolicy(maximumAttempts: 24, timeout: .seconds(3600))
    }

    /// What each event does to the order.
    public static var definition: SagaDefinition<Checkout> {
        Starts(on: OrderCreated.self, id: \.orderId) { Checkout(orderId: $0.orderId) }

        When(PaymentConfirmed.self, id: \.orderId) { checkout, _ in
            checkout.isPaid = true
            return [.step("payment", compensatedBy: PaymentRefunded.self)] + checkout.confirmIfReady()
        }
        When(InventoryReserved.self, id: \.orderId) { checkout, _ in
            checkout.isReserved = true
            return [.step("stock", compensatedBy: InventoryReleased.self)] + checkout.confirmIfReady()
        }
        When(PaymentFailed.self, id: \.orderId, in: .paymentPending) { $0.cancel(because: $1.reason) }
        When(InventoryFailed.self, id: \.orderId, in: .paymentPending) { $0.cancel(because: $1.reason.rawValue) }
        When(OrderCreated.self, id: \.orderId, in: .paymentPending) { _, order in
            order.timeoutSeconds.map { [.setTimeout("order", after: .seconds($0))] } ?? []
        }
        Timeout("order") { $0.stage == .paymentPending ? $0.cancel(because: "time-out") : [] }
        Timeout(after: .seconds(3600), in: .paymentPending) { $0.cancel(because: "time-out") }

        Compensated(by: PaymentRefunded.self, id: \.orderId)
        Compensated(by: InventoryReleased.self, id: \.orderId)
        CompensationFailed { checkout, step in
            [.publish(OrderFailed(orderId: checkout.orderId, reason: "\(step) could not be undone"))]
        }
    }

    /// A payment or a reservation that comes after the cancellation confirms nothing; it is undone.
    private mutating func confirmIfReady() -> [SagaEffect] {
        guard stage == .paymentPending, isPaid, isReserved else { return [] }
        stage = .completed
        return [.publish(OrderConfirmed(orderId: orderId)), .complete]
    }

    private mutating func cancel(because reason: String) -> [SagaEffect] {
        stage = .failed
        return [.publish(OrderCancelled(orderId: orderId, reason: reason)), .compensate(reason: reason)]
    }
}
