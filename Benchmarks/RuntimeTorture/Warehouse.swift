import Tidings

/// Does what sagas ask it for, and writes down each time that it was asked.
enum Warehouse {
    static let migrations = [
        Torture.totals,
        Migration(
            "moves",
            """
            CREATE TABLE moves (
                place INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, what TEXT NOT NULL)
            """),
    ]

    static func subscriber(at site: Site) -> Subscriber {
        let torture = site.torture
        return site.subscriber("warehouse") {
            On(Asked.self) { asked, transaction in
                try transaction.execute(
                    "INSERT INTO moves (number, what) VALUES (\(asked.number), \(asked.what))")
                try torture.count(in: "moves", by: "place", transaction)
                switch asked.what {
                case .reserve: try transaction.publish(Reserved(number: asked.number))
                case .pack: try transaction.publish(Packed(number: asked.number))
                case .ship: try ship(asked, in: transaction)
                case .unpack:
                    let deaf = torture.trouble(of: asked.trouble, number: asked.number, at: "unpack")
                    if deaf == nil { try transaction.publish(Unpacked(number: asked.number)) }
                case .release: try transaction.publish(Released(number: asked.number))
                }
            }
        }
    }

    private static func ship(_ asked: Asked, in transaction: Transaction) throws {
        switch Trouble(asked.trouble).map({ ($0.place, $0.what) }) {
        case ("ship", .refuse)?, ("unpack", _)?: try transaction.publish(ShippingRefused(number: asked.number))
        case ("ship", .silent)?, ("timer", _)?: break
        default: try transaction.publish(Shipped(number: asked.number))
        }
    }
}

extension Asked.What: SQLValueConvertible {}
