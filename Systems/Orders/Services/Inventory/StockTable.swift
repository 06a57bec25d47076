import Tidings

/// The stock of a product: what there is, and how much of it is set aside.
struct Product: Sendable {
    let id: ProductID
    let stock: Int
    let reserved: Int

    var available: Int { stock - reserved }
}

/// The products in the inventory service's database.
enum StockTable {
    static let migrations = [
        Migration(
            "inventory-1",
            """
            CREATE TABLE products (
                id TEXT PRIMARY KEY, stock BIGINT NOT NULL, reserved BIGINT NOT NULL DEFAULT 0,
                CHECK (stock >= 0 AND reserved >= 0 AND reserved <= stock))
            """,
            """
            CREATE TABLE reservations (
                order_id TEXT PRIMARY KEY, status TEXT NOT NULL, items TEXT NOT NULL, at BIGINT NOT NULL)
            """,
            """
            INSERT INTO products (id, stock) VALUES ('p-1', 1000), ('p-2', 1000), ('p-3', 1000), ('p-4', 1000),
                ('p-5', 1000), ('p-6', 1000), ('p-7', 1000), ('p-8', 1000), ('p-9', 1000), ('p-10', 1000)
            """)
    ]

    static func find(_ id: ProductID, in connection: any DatabaseConnection) throws -> Product? {
        try connection.query("SELECT id, stock, reserved FROM products WHERE id = \(id)").first.map { row in
            Product(id: try row.value("id"), stock: try row.value("stock"), reserved: try row.value("reserved"))
        }
    }

    /// Sets a product's stock; `false` where more than that is set aside.
    static func set(_ stock: Int, of id: ProductID, in transaction: Transaction) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO products (id, stock) VALUES (\(id), \(stock))
            ON CONFLICT (id) DO UPDATE SET stock = excluded.stock WHERE products.reserved <= excluded.stock
            """) == 1
    }

    /// Changes what there is and what is set aside; the database refuses to let either fall below zero.
    static func change(
        _ id: ProductID, stock: Int = 0, reserved: Int = 0, in transaction: Transaction
    ) throws {
        try transaction.execute(
            "UPDATE products SET stock = stock + \(stock), reserved = reserved + \(reserved) WHERE id = \(id)")
    }
}
