import HTTPTypes
import Hummingbird
import Tidings
import TidingsService

/// The routes of the order service.
struct OrderRoutes: Sendable {
    let database: ServiceDatabase
    /// After how many seconds an order that was not confirmed is cancelled; `nil` for an hour.
    let timeoutSeconds: Int?
    private let keys = IdempotencyKeys(of: "POST /orders")

    init(database: ServiceDatabase, timeoutSeconds: Int?) {
        self.database = database
        self.timeoutSeconds = timeoutSeconds
    }

    func add(to router: Router<BasicRequestContext>) {
        router.post("orders") { request, _ in try await place(request) }
        router.get("orders/:id") { _, context in
            try await order(OrderID(rawValue: context.parameters.text("id")))
        }
        router.get("orders") { request, _ in try await list(request) }
        router.get("sagas/:id") { _, context in try await saga(context.parameters.text("id")) }
    }

    /// Takes an order, once for each `Idempotency-Key` of a customer.
    private func place(_ request: Request) async throws -> Response {
        let key = try request.idempotencyKey()
        let order: PlaceOrder = try await request.json()
        try order.validate()
        let (id, status) = try await database.transaction { transaction in
            let id = try keys.once(key, of: order.customerId.rawValue, for: order, in: transaction) {
                let id = OrderID(rawValue: transaction.makeID().rawValue)
                try OrderTable.insert(id, order, in: transaction)
                try transaction.publish(
                    OrderCreated(
                        orderId: id, customerId: order.customerId, items: order.items, timeoutSeconds: timeoutSeconds))
                return id
            }
            // Only an order that was placed before can have come further.
            let known = key == nil ? nil : try OrderTable.find(id, in: transaction)
            return (id, known?.status ?? .pending)
        }
        var response = Response.json(
            Placed(orderId: id.rawValue, sagaId: Checkout.sagaID(of: id), status: status.rawValue), status: .created)
        response.headers[.location] = "/orders/\(id)"
        return response
    }

    private func order(_ id: OrderID) async throws -> Response {
        guard let order = try await database.read({ try OrderTable.find(id, in: $0) }) else {
            throw Problem.notFound("there is no order \(id)")
        }
        return .json(OrderBody(order))
    }

    private func list(_ request: Request) async throws -> Response {
        let limit = try request.integer("limit", in: 1...1000, default: 100)
        let after = request.text("after") ?? ""
        let status = try request.text("status").map { text throws(Problem) in
            guard let status = Order.Status(rawValue: text) else {
                let all = Order.Status.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidParameter("status", "`status` must be one of \(all)")
            }
            return status
        }
        // One more than asked for tells whether there is another page.
        let orders = try await database.read { try OrderTable.list(status, after: after, limit: limit + 1, in: $0) }
        let page = orders.prefix(limit)
        let next = orders.count > limit ? page.last?.id.rawValue : nil
        return .json(OrderPage(orders: page.map(OrderBody.init), next: next))
    }

    private func saga(_ text: String) async throws -> Response {
        guard let id = Checkout.orderID(of: text) else { throw Problem.notFound("there is no saga \(text)") }
        if let record = try await database.saga(Checkout.self, id: id), record.status != .early {
            return .json(SagaBody(text, record))
        }
        guard let order = try await database.read({ try OrderTable.find(id, in: $0) }) else {
            throw Problem.notFound("there is no saga \(text)")
        }
        return .json(SagaBody(startedFor: order, text))
    }
}

extension Checkout {
    /// The name under which the HTTP API knows the saga of an order.
    static func sagaID(of order: OrderID) -> String { "checkout-\(order)" }

    static func orderID(of sagaID: String) -> OrderID? {
        sagaID.hasPrefix("checkout-") ? OrderID(rawValue: String(sagaID.dropFirst("checkout-".count))) : nil
    }
}
