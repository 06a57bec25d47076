import Tidings

/// An order as its customer sees it.
struct Order: Sendable {
    enum Status: String, CaseIterable, SQLValueConvertible {
        case pending = "PENDING"
        case confirmed = "CONFIRMED"
        case cancelled = "CANCELLED"
        case failed = "FAILED"
    }

    let id: OrderID
    let customerId: CustomerID
    let items: [LineItem]
    let total: Money
    let status: Status
    let reason: String?
    let createdAt: Timestamp
    let updatedAt: Timestamp
}
