public import Tidings

/// The stock for an order was set aside.
public struct InventoryReserved: OrderEvent {
    public static let type: EventType = "inventory.reserved.v1"
    public let orderId: OrderID

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

    public static let type: EventType = "inventory.failed.v1"
    public let orderId: OrderID
    public let reason: Reason

    public init(orderId: OrderID, reason: Reason) {
        self.orderId = orderId
        self.reason = reason
    }
}

/// The stock that was set aside or taken for an order is there again.
public struct InventoryReleased: OrderEvent {
    public static let type: EventType = "inventory.released.v1"
    public let orderId: OrderID

    public init(orderId: OrderID) {
        self.orderId = orderId
    }
}
