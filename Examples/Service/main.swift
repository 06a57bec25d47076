import Logging
import Tidings
import TidingsBroker
import TidingsSQLite

struct OrderPlaced: Event {
    static let type: EventType = "order.placed.v1"
    let product: String
}

struct StockReserved: Event {
    static let type: EventType = "stock.reserved.v1"
    let product: String
}

let logger = Logger(label: "stock")
let bus = try await EmbeddedEventBus.open("data/log", logger: logger)
let database = try await ServiceDatabase(
    SQLiteEngine.open("data/stock.sqlite"), service: "stock", source: "/stock",
    migrations: [Migration("stock", "CREATE TABLE stock (product TEXT PRIMARY KEY, free INTEGER NOT NULL)")])

let stock = Subscriber("stock", bus: bus, database: database, logger: logger) {
    On(OrderPlaced.self) { order, transaction in
        let product = order.product
        if try transaction.execute("UPDATE stock SET free = free - 1 WHERE product = \(product) AND free > 0") == 1 {
            try transaction.publish(StockReserved(product: product))
        }
    }
}
try await EventRuntime([stock], bus: bus, logger: logger).run()
