import TidingsService

/// The body of `POST /orders`.
struct PlaceOrder: Codable, Hashable, Sendable {
    let customerId: String
    let items: [LineItem]

    /// Checks what the types do not say.
    func validate() throws(Problem) {
        try Self.checkName(customerId, at: "/customerId")
        guard (1...100).contains(items.count) else {
            throw .invalidField("/items", "an order has 1 to 100 items, this one \(items.count)")
        }
        for (index, item) in items.enumerated() {
            try Self.checkName(item.productId, at: "/items/\(index)/productId")
            guard (1...100_000).contains(item.quantity) else {
                throw .invalidField("/items/\(index)/quantity", "`quantity` must be a whole number from 1 to 100000")
            }
            guard item.unitPrice <= Money(cents: 100_000_000) else {
                throw .invalidField("/items/\(index)/unitPrice", "`unitPrice` is at most \"1000000.00\"")
            }
        }
    }

    private static func checkName(_ name: String, at pointer: String) throws(Problem) {
        guard (1...64).contains(name.count), name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else { throw .invalidField(pointer, "1 to 64 printable characters are expected") }
    }
}
