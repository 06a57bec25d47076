import Tidings
import TidingsService

/// What is ordered of one product.
public struct LineItem: Sendable, Hashable, Codable {
    /// The product, 1 to 64 characters.
    public let productId: ProductID
    /// How many, 1 to 100,000.
    public let quantity: Int
    /// The price of one, up to 1,000,000.00.
    public let unitPrice: Money

    /// Makes an item.
    public init(productId: ProductID, quantity: Int, unitPrice: Money) {
        self.productId = productId
        self.quantity = quantity
        self.unitPrice = unitPrice
    }

    /// Reads an item, from a request or an event; a quantity or price out of range is refused wherever it comes from,
    /// for a negative one would set stock free that is spoken for.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        productId = try container.decode(ProductID.self, forKey: .productId)
        quantity = try container.decodeWholeNumber(in: 1...100_000, forKey: .quantity)
        unitPrice = try container.decode(Money.self, forKey: .unitPrice)
        guard unitPrice <= Self.highestPrice else {
            throw DecodingError.dataCorruptedError(
                forKey: .unitPrice, in: container, debugDescription: "`unitPrice` is at most \"\(Self.highestPrice)\"")
        }
    }

    private enum CodingKeys: String, CodingKey {
        case productId, quantity, unitPrice
    }

    private static let highestPrice = Money(cents: 100_000_000)
}

extension [LineItem] {
    /// The price of all.
    public var total: Money { reduce(Money(cents: 0)) { $0 + $1.unitPrice * $1.quantity } }

    /// How many of each product.
    var quantities: [(productId: ProductID, quantity: Int)] {
        var totals: [ProductID: Int] = [:]
        for item in self { totals[item.productId, default: 0] += item.quantity }
        return totals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
