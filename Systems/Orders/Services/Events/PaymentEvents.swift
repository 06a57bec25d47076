public import Tidings

/// The money for an order was taken.
public struct PaymentConfirmed: OrderEvent {
    public static let type: EventType = "payment.confirmed.v1"
    public let orderId: OrderID
    public let amount: Money
    public let transactionId: String

    public init(orderId: OrderID, amount: Money, transactionId: String) {
        self.orderId = orderId
        self.amount = amount
        self.transactionId = transactionId
    }
}

/// The money for an order was refused.
public struct PaymentFailed: OrderEvent {
    public static let type: EventType = "payment.failed.v1"
    public let orderId: OrderID
    public let amount: Money
    public let reason: String

    public init(orderId: OrderID, amount: Money, reason: String) {
        self.orderId = orderId
        self.amount = amount
        self.reason = reason
    }
}

/// The money for an order was given back.
public struct PaymentRefunded: OrderEvent {
    public static let type: EventType = "payment.refunded.v1"
    public let orderId: OrderID
    public let amount: Money

    public init(orderId: OrderID, amount: Money) {
        self.orderId = orderId
        self.amount = amount
    }
}
