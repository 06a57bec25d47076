public import Tidings

/// The money for an order was taken.
public struct PaymentConfirmed: OrderEvent {
    /// `payment.confirmed.v1`.
    public static let type: EventType = "payment.confirmed.v1"
    /// The order.
    public let orderId: OrderID
    /// How much.
    public let amount: Money
    /// What the gateway calls the transaction.
    public let transactionId: String

    /// Makes the event.
    public init(orderId: OrderID, amount: Money, transactionId: String) {
        self.orderId = orderId
        self.amount = amount
        self.transactionId = transactionId
    }
}

/// The money for an order was refused.
public struct PaymentFailed: OrderEvent {
    /// `payment.failed.v1`.
    public static let type: EventType = "payment.failed.v1"
    /// The order.
    public let orderId: OrderID
    /// How much.
    public let amount: Money
    /// Why.
    public let reason: String

    /// Makes the event.
    public init(orderId: OrderID, amount: Money, reason: String) {
        self.orderId = orderId
        self.amount = amount
        self.reason = reason
    }
}

/// The money for an order was given back.
public struct PaymentRefunded: OrderEvent {
    /// `payment.refunded.v1`.
    public static let type: EventType = "payment.refunded.v1"
    /// The order.
    public let orderId: OrderID
    /// How much.
    public let amount: Money

    /// Makes the event.
    public init(orderId: OrderID, amount: Money) {
        self.orderId = orderId
        self.amount = amount
    }
}
