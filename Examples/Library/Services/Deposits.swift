import Hummingbird
import Tidings
import TidingsService

/// Takes deposits, and gives back those that come too late.
public enum Deposits {
    static let migrations = [
        Migration(
            "deposits",
            "CREATE TABLE deposits (loan TEXT PRIMARY KEY, amount INTEGER NOT NULL, receipt TEXT NOT NULL)",
            "CREATE TABLE reviews (loan TEXT PRIMARY KEY, amount INTEGER NOT NULL)")
    ]

    static func charging(_ gateway: some DepositGateway) -> On<DepositRequested> {
        On(DepositRequested.self) { deposit, effect in
            try await gateway.charge(deposit.amount, to: deposit.member, key: effect.idempotencyKey)
        } then: { deposit, charge, transaction in
            switch charge {
            case .taken(let receipt):
                try transaction.execute("INSERT INTO deposits VALUES (\(deposit.loan), \(deposit.amount), \(receipt))")
                try transaction.publish(DepositTaken(loan: deposit.loan, amount: deposit.amount, receipt: receipt))
            case .refused(let reason):
                try transaction.publish(DepositRefused(loan: deposit.loan, reason: reason))
            }
        }
        .retry(RetryPolicy(maximumAttempts: 5, initialDelay: .seconds(1), maximumDelay: .seconds(30)))
        .timeout(.seconds(10))
    }

    static func refunding(_ gateway: some DepositGateway) -> On<RefundRequested> {
        On(RefundRequested.self) { refund, effect in
            try await gateway.refund(refund.receipt, key: effect.idempotencyKey)
            return refund.receipt
        } then: { _, receipt, transaction in
            try transaction.execute("DELETE FROM deposits WHERE receipt = \(receipt)")
        }
        .timeout(.seconds(10))
    }

    static func reviewing() -> On<DepositTaken> {
        On(DepositTaken.self, where: ["amount": [.numeric(.greaterThan, 20)]]) { deposit, transaction in
            try transaction.execute("INSERT INTO reviews VALUES (\(deposit.loan), \(deposit.amount))")
        }
    }

    static func reviews(in database: ServiceDatabase) async throws -> [String: Int] {
        try await database.read { connection in
            let rows = try connection.query("SELECT loan, amount FROM reviews")
            return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.value("loan"), try $0.value("amount")) })
        }
    }

    static func subscribers(
        on host: some EventHost, _ database: ServiceDatabase, gateway: some DepositGateway
    ) -> [Subscriber] {
        [
            Subscriber("deposits", on: host, database) {
                charging(gateway)
                refunding(gateway)
            },
            Subscriber("reviews", on: host, database) { reviewing() },
        ]
    }

    /// Makes the service.
    public static func make(on platform: Platform) async throws -> HostedService {
        let limit = try platform.settings.integer("DEPOSIT_LIMIT", in: 0...1_000, default: 100)
        let gateway = SimulatedGateway(limit: limit)
        let database = try await platform.database(for: "deposits", migrations: migrations)
        return try HostedService(
            "deposits", on: platform, port: 3023, database: database,
            subscribers: subscribers(on: platform, database, gateway: gateway)
        ) { router in
            router.get("reviews") { _, _ in
                Response.json(try await Deposits.reviews(in: database))
            }
        }
    }
}
