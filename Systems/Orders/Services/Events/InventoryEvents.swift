public import Tidings

/// The stock for an order was set aside.
public struct InventoryReserved: OrderEvent {
    /// `inventory.reserved.v1`.
    public static let type: EventType = "inventory.reserved.v1"
    /// The order.
    public let orderId: OrderID

    /// Makes the event.
    public init(orderId: OrderID) {
        self.orderId = orderId
    }
}

/// The stock for an order could not be set aside.
public struct InventoryFailed: OrderEvent {
    /// Why not.
    public enum Reason: String, Codable, Sendable {
        /// There is less than was ordered.
        case insufficientStock = "insufficient_stock"
        /// Nobody knows a product of the order.
        case unknownProduct = "unknown_product"
    }

    /// `inventory.failed.v1`.
    public static let type: EventType = "inventory.failed.v1"
    /// The order.
    public let orderId: OrderID
    /// Why.
    public let reason: Reason

    /// Makes the event.
    public init(orderId: OrderID, reason: Reason) {
        self.orderId = orderId
        self.reason = reason
    }
}

/// The stock that was set aside or taken for an order is there again.
public struct InventoryReleased: OrderEvent {
    /// `inventory.released.v1`.
    public static let type: EventType = "inventory.released.v1"
    /// The order.
    public let orderId: OrderID

    /// Makes the event.
    public init(orderId: OrderID) {
        self.orderId = orderId
    }
}
