import TidingsService

/// The body of `POST /orders`.
struct PlaceOrder: Codable, Hashable, Sendable {
    let customerId: CustomerID
    let items: [LineItem]

    /// Checks what the types do not say; quantities and prices are checked by ``LineItem``.
    func validate() throws(Problem) {
        try Self.checkName(customerId.rawValue, at: "/customerId")
        guard (1...100).contains(items.count) else {
            throw .invalidField("/items", "an order has 1 to 100 items, this one \(items.count)")
        }
        for (index, item) in items.enumerated() {
            try Self.checkName(item.productId.rawValue, at: "/items/\(index)/productId")
        }
    }

    private static func checkName(_ name: String, at pointer: String) throws(Problem) {
        guard Name.isValid(name) else { throw .invalidField(pointer, Name.rule) }
    }
}
