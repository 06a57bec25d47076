import Hummingbird
import Tidings
import TidingsService

/// Takes requests for loans, and runs the saga that carries each to its end.
public enum Loans {
    static let migrations = [Migration("loans", "CREATE TABLE loans (loan TEXT PRIMARY KEY, book TEXT NOT NULL)")]

    static func subscriber(on host: some EventHost, _ database: ServiceDatabase) -> Subscriber {
        Subscriber("loans", on: host, database) { SagaHandler(Lending.self) }
    }

    /// Makes the service.
    public static func make(on platform: Platform) async throws -> HostedService {
        let database = try await platform.database(for: "loans", migrations: migrations)
        return try HostedService(
            "loans", on: platform, port: 3021, database: database,
            subscribers: [subscriber(on: platform, database)]
        ) { router in
            router.post("loans") { request, _ in
                let loan = try await request.json(LoanRequested.self)
                guard !loan.loan.isEmpty else { throw Problem.invalidField("/loan", "a loan needs an id") }
                guard 1...365 ~= loan.days else { throw Problem.invalidField("/days", "days must be 1 to 365") }
                try await database.transaction { try publish(loan, in: $0) }
                return Response.json(["loan": loan.loan], status: .accepted)
            }
            router.get("loans/:loan") { _, context in
                let loan = try context.parameters.text("loan")
                guard let saga = try await database.saga(Lending.self, id: loan) else {
                    throw Problem.notFound("there is no loan \(loan)")
                }
                return Response.json(LoanView(saga))
            }
        }
    }

    static func publish(_ loan: LoanRequested, in transaction: Transaction) throws {
        let new: SQLStatement = "INSERT INTO loans VALUES (\(loan.loan), \(loan.book)) ON CONFLICT DO NOTHING"
        guard try transaction.execute(new) == 1 else {
            throw Problem(.conflict, "loan-exists", "The loan exists", detail: "there is a loan \(loan.loan) already")
        }
        try transaction.publish(loan)
    }
}

struct LoanView: Encodable {
    let loan: String
    let stage: String?
    let status: SagaStatus
    let reason: String?
    let history: [SagaHistoryEntry]

    init(_ saga: SagaRecord) {
        loan = saga.id
        stage = saga.stage
        status = saga.status
        reason = saga.reason
        history = saga.history
    }
}
