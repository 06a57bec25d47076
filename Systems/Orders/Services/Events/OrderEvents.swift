public import Tidings

/// An event about an order; its subject is the order, which keeps an order's events in order.
public protocol OrderEvent: Event {
    /// The order.
    var orderId: OrderID { get }
}

extension OrderEvent {
    /// The order.
    public var subject: String? { orderId.rawValue }
}

/// An order was placed.
public struct OrderCreated: OrderEvent {
    /// `order.created.v1`.
    public static let type: EventType = "order.created.v1"
    /// The order.
    public let orderId: OrderID
    /// Who placed it.
    public let customerId: CustomerID
    /// What was ordered.
    public let items: [LineItem]
    /// The price of all items.
    public let total: Money
    /// After how many seconds the order is cancelled if it was not confirmed; `nil` for an hour.
    public let timeoutSeconds: Int?

    /// Makes the event, with the total of its items.
    public init(orderId: OrderID, customerId: CustomerID, items: [LineItem], timeoutSeconds: Int? = nil) {
        self.orderId = orderId
        self.customerId = customerId
        self.items = items
        self.timeoutSeconds = timeoutSeconds
        total = items.total
    }
}

/// An order is paid and its stock is reserved.
public struct OrderConfirmed: OrderEvent {
    /// `order.confirmed.v1`.
    public static let type: EventType = "order.confirmed.v1"
    /// The order.
    public let orderId: OrderID

    /// Makes the event.
    public init(orderId: OrderID) {
        self.orderId = orderId
    }
}

/// An order will not be carried out; what was done for it is to be undone.
public struct OrderCancelled: OrderEvent {
    /// `order.cancelled.v1`.
    public static let type: EventType = "order.cancelled.v1"
    /// The order.
    public let orderId: OrderID
    /// Why.
    public let reason: String

    /// Makes the event.
    public init(orderId: OrderID, reason: String) {
        self.orderId = orderId
        self.reason = reason
    }
}

/// An order was cancelled and what was done for it could not be undone: a person has to see to it.
public struct OrderFailed: OrderEvent {
    /// `order.failed.v1`.
    public static let type: EventType = "order.failed.v1"
    /// The order.
    public let orderId: OrderID
    /// What could not be undone.
    public let reason: String

    /// Makes the event.
    public init(orderId: OrderID, reason: String) {
        self.orderId = orderId
        self.reason = reason
    }
}
