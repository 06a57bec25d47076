/// What is ordered of one product.
public struct LineItem: Sendable, Hashable, Codable {
    /// The product, 1 to 64 characters.
    public let productId: String
    /// How many, 1 to 100,000.
    public let quantity: Int
    /// The price of one.
    public let unitPrice: Money

    /// Makes an item.
    public init(productId: String, quantity: Int, unitPrice: Money) {
        self.productId = productId
        self.quantity = quantity
        self.unitPrice = unitPrice
    }
}

extension [LineItem] {
    /// The price of all.
    public var total: Money { reduce(Money(cents: 0)) { $0 + $1.unitPrice * $1.quantity } }

    /// How many of each product.
    var quantities: [(productId: String, quantity: Int)] {
        var totals: [String: Int] = [:]
        for item in self { totals[item.productId, default: 0] += item.quantity }
        return totals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
