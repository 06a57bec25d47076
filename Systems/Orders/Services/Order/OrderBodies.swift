import Tidings

/// What `POST /orders` answers.
struct Placed: Encodable {
    let orderId: String
    let sagaId: String
    let status: String
}

/// An order as JSON.
struct OrderBody: Encodable {
    let orderId: String
    let sagaId: String
    let customerId: String
    let status: String
    let reason: String?
    let items: [LineItem]
    let total: Money
    let createdAt: Timestamp
    let updatedAt: Timestamp

    init(_ order: Order) {
        orderId = order.id.rawValue
        sagaId = Checkout.sagaID(of: order.id)
        customerId = order.customerId.rawValue
        status = order.status.rawValue
        reason = order.reason
        items = order.items
        total = order.total
        createdAt = order.createdAt
        updatedAt = order.updatedAt
    }
}

/// A page of orders as JSON.
struct OrderPage: Encodable {
    let orders: [OrderBody]
    let next: String?
}

/// A saga as JSON.
struct SagaBody: Encodable {
    struct Step: Encodable {
        let name: String
        let status: String
    }

    struct Entry: Encodable {
        let at: Timestamp
        let event: String
        let eventId: String?
        let from: String?
        let to: String?
    }

    let sagaId: String
    let orderId: String
    let state: String
    let status: String
    let reason: String?
    let steps: [Step]
    let history: [Entry]
    let startedAt: Timestamp
    let updatedAt: Timestamp

    init(_ id: String, _ record: SagaRecord) {
        sagaId = id
        orderId = record.id
        state = record.stage ?? "STARTED"
        status = record.status.rawValue
        reason = record.reason
        steps = record.steps.map { Step(name: $0.name, status: $0.status.rawValue) }
        history = record.history.map {
            Entry(at: $0.at, event: $0.what, eventId: $0.eventID, from: $0.from, to: $0.to)
        }
        startedAt = record.startedAt
        updatedAt = record.updatedAt
    }

    /// The saga of an order that it has not heard of yet.
    init(startedFor order: Order, _ id: String) {
        sagaId = id
        orderId = order.id.rawValue
        state = "STARTED"
        status = SagaStatus.running.rawValue
        reason = nil
        steps = []
        history = []
        startedAt = order.createdAt
        updatedAt = order.createdAt
    }
}
