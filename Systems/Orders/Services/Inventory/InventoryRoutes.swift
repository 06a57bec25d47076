import Hummingbird
import Tidings
import TidingsService

/// The routes of the inventory service.
struct InventoryRoutes: Sendable {
    let database: ServiceDatabase

    private struct SetStock: Decodable {
        let stock: Int

        private enum CodingKeys: CodingKey {
            case stock
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            stock = try container.decodeWholeNumber(in: 0...1_000_000_000, forKey: .stock)
        }
    }

    private struct ProductBody: Encodable {
        let productId: ProductID
        let stock: Int
        let reserved: Int
        let available: Int
    }

    func add(to router: Router<BasicRequestContext>) {
        router.get("inventory/products/:id") { _, context in
            try await product(ProductID(rawValue: context.parameters.text("id")))
        }
        router.put("inventory/products/:id") { request, context in
            let id = ProductID(rawValue: try context.parameters.text("id"))
            let stock = try await request.json(SetStock.self).stock
            guard Name.isValid(id.rawValue) else { throw Problem.invalidParameter("id", Name.rule) }
            guard try await database.transaction({ try StockTable.set(stock, of: id, in: $0) }) else {
                throw Problem(
                    .conflict, "stock-reserved", "More than that is reserved",
                    detail: "`stock` must not be less than what orders have reserved", pointer: "/stock")
            }
            return try await product(id)
        }
    }

    private func product(_ id: ProductID) async throws -> Response {
        guard let product = try await database.read({ try StockTable.find(id, in: $0) }) else {
            throw Problem.notFound("there is no product \(id)")
        }
        return .json(
            ProductBody(
                productId: product.id, stock: product.stock, reserved: product.reserved, available: product.available))
    }
}
