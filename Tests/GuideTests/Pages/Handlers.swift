import Tidings
import TidingsRouting

struct DepositTaken: Event {
    static let type: EventType = "deposit.taken.v1"
    let loan: String
    let amount: Int
    var subject: String? { loan }
}

struct ReceiptDue: Event {
    static let type: EventType = "receipt.due.v1"
    let loan: String
    var subject: String? { loan }
}

@SubscriberBuilder func bookkeeping() -> SubscriberParts {
    On(DepositTaken.self, from: .prefix("/bank/")) { deposit, transaction in
        try transaction.execute("INSERT INTO book (loan, amount) VALUES (\(deposit.loan), \(deposit.amount))")
    }
}

func reviews() -> On<DepositTaken> {
    On(DepositTaken.self, where: ["amount": [.numeric(.greaterThan, 20)]]) { deposit, transaction in
        try transaction.execute("INSERT INTO reviews (loan) VALUES (\(deposit.loan))")
    }
}

func receipts(_ send: @escaping @Sendable (String, _ key: String) async throws -> Bool) -> On<DepositTaken> {
    On(DepositTaken.self) { deposit, effect in
        try await send(deposit.loan, effect.idempotencyKey)
    } then: { _, _, _ in
    }
    .retry(RetryPolicy(maximumAttempts: 3))
    .timeout(.seconds(10))
    .concurrency(4)
}

func reminders() -> On<DepositTaken> {
    On(DepositTaken.self) { deposit, transaction in
        try transaction.publish(ReceiptDue(loan: deposit.loan), after: .seconds(14 * 86_400))
    }
}

func reviewer(on host: some EventHost, _ database: ServiceDatabase) -> Subscriber {
    Subscriber("reviews", on: host, database) { reviews() }
}
