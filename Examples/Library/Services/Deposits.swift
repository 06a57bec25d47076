import Hummingbird
import Tidings
import TidingsService

/// Takes deposits, and gives back those of loans that were given up.
///
/// What is asked of the gateway is written down before. So a deposit whose answer was lost goes back by its key, and
/// nothing is asked for once its loan was given up.
public enum Deposits {
    static let migrations = [
        DepositTable.migration,
        Migration("reviews", "CREATE TABLE reviews (loan TEXT PRIMARY KEY, amount INTEGER NOT NULL)"),
    ]

    static func charging(_ gateway: some DepositGateway) -> On<DepositRequested> {
        On(DepositRequested.self) { deposit, effect, transaction in
            try DepositTable.ask(for: deposit.loan, key: effect.idempotencyKey, in: transaction)
        } effect: { deposit, isWanted, effect -> Charge? in
            guard isWanted else { return nil }
            return try await gateway.charge(deposit.amount, to: deposit.member, key: effect.idempotencyKey)
        } then: { deposit, charge, transaction in
            switch charge {
            case .taken(let receipt):
                guard try DepositTable.answer(.taken, for: deposit.loan, in: transaction) else { return }
                try transaction.publish(DepositTaken(loan: deposit.loan, amount: deposit.amount, receipt: receipt))
            case .refused(let reason):
                guard try DepositTable.answer(.refused, for: deposit.loan, in: transaction) else { return }
                try transaction.publish(DepositRefused(loan: deposit.loan, reason: reason))
            case nil: break
            }
        }
        .retry(RetryPolicy(maximumAttempts: 5, initialDelay: .seconds(1), maximumDelay: .seconds(30)))
        .timeout(.seconds(10))
        // A loan that is given up does not wait behind a charge that is tried again.
        .unordered()
    }

    static func refunding(_ gateway: some DepositGateway) -> On<LoanGivenUp> {
        On(LoanGivenUp.self) { given, _, transaction in
            try DepositTable.giveUp(given.loan, in: transaction)
        } effect: { _, key, _ in
            if let key { try await gateway.refund(key: key) }
            return key
        } then: { given, key, transaction in
            if key != nil { try DepositTable.giveBack(given.loan, in: transaction) }
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
