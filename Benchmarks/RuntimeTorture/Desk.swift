import Hummingbird
import Synchronization
import Tidings
import TidingsService

/// Takes items, each once, and publishes them; its sagas see to some of them.
enum Desk {
    static let migrations = [
        Torture.totals,
        Migration(
            "items", "CREATE TABLE items (number INTEGER PRIMARY KEY, key TEXT NOT NULL, cents INTEGER NOT NULL)"),
    ]

    /// What the time-outs of sagas need, which are functions of the saga alone.
    static let torture = Once<Torture>()

    private struct Item: Decodable {
        let number: Int
        let key: String
        let trouble: String
        let units: Int
        /// The version of the publisher: 1 knows nothing of 2.
        let version: Int
        /// Whether it is to be shipped.
        let ships: Bool
    }

    private struct Clock: Decodable {
        let ahead: Int
    }

    static func subscriber(at site: Site) -> Subscriber {
        torture.set(site.torture)
        return site.subscriber("fulfilment") { SagaHandler(Fulfilment.self) }
    }

    static func addRoutes(to router: Router<BasicRequestContext>, at site: Site) {
        router.post("items") { request, _ in
            let item: Item = try await request.json()
            let isNew = try await site.database.transaction { try take(item, site.torture, in: $0) }
            return Response.json(["new": isNew])
        }
        router.post("clock") { request, _ in
            let clock: Clock = try await request.json()
            site.torture.time.set(ahead: .seconds(clock.ahead))
            return Response.json(["ahead": clock.ahead])
        }
    }

    /// - Returns: whether it is the first time.
    private static func take(_ item: Item, _ torture: Torture, in transaction: Transaction) throws -> Bool {
        let count = try transaction.execute(
            """
            INSERT INTO items (number, key, cents) VALUES (\(item.number), \(item.key), \(item.units * 100))
            ON CONFLICT DO NOTHING
            """)
        guard count == 1 else { return false }
        try torture.count(item.units * 100, in: "items", by: "number", transaction)
        if item.version == 1 {
            try transaction.publish(
                WorkAcceptedV1(number: item.number, key: item.key, trouble: item.trouble, units: item.units))
        } else {
            try transaction.publish(
                WorkAccepted(number: item.number, key: item.key, trouble: item.trouble, cents: item.units * 100))
        }
        if item.ships { try transaction.publish(FulfilmentWanted(number: item.number, trouble: item.trouble)) }
        return true
    }
}

/// A value that is set once, before it is read.
final class Once<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    var value: Value? { state.withLock { $0 } }
    func set(_ value: Value) { state.withLock { $0 = value } }
}
