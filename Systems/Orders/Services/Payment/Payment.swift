import Tidings

/// A payment for an order, of which there is one at most.
struct Payment: Sendable {
    enum Status: String, SQLValueConvertible {
        /// The gateway is being asked for the money, or was, and its answer is not known.
        case charging
        case confirmed
        case failed
        /// The gateway is being asked to give back whatever it took, or was, and its answer is not known. It is never
        /// asked for the money any more.
        case refunding
        case refunded
        /// The order was cancelled and nothing was taken for it: nothing will be.
        case cancelled
    }

    let orderId: OrderID
    let amount: Money
    let status: Status
    /// What the charge is known by at the gateway; `nil` if the order was cancelled before it was to be paid.
    let chargeKey: String?
    let transactionId: String?
    let reason: String?
    let time: Timestamp
}
