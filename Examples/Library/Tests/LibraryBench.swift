import Synchronization
import Tidings
import TidingsSQLite
import TidingsTesting

@testable import LibraryServices

/// The whole library in memory.
struct LibraryBench {
    let bench = EventBench(scope: "library") { try SQLiteEngine.inMemory() }
    let loans: ServiceDatabase
    let shelf: ServiceDatabase
    let deposits: ServiceDatabase
    private let subscribers: [Subscriber]

    init(gateway: some DepositGateway = SimulatedGateway(limit: 100)) async throws {
        loans = try await bench.database("loans", migrations: Loans.migrations)
        shelf = try await bench.database("shelf", migrations: Shelf.migrations)
        deposits = try await bench.database("deposits", migrations: Deposits.migrations)
        subscribers =
            [Loans.subscriber(on: bench, loans), Shelf.subscriber(on: bench, shelf)]
            + Deposits.subscribers(on: bench, deposits, gateway: gateway)
    }

    func run(_ body: (EventBench) async throws -> Void) async throws {
        try await bench.run(subscribers) { try await body(bench) }
    }

    func request(_ loan: String, _ book: String, days: Int = 14) async throws {
        let request = LoanRequested(loan: loan, book: book, member: "ada", days: days)
        try await loans.transaction { try Loans.publish(request, in: $0) }
    }

    /// What the gateway has answered.
    func charges() async throws -> [Charge] {
        try await bench.effects(of: "deposits", returning: Charge.self)
    }

    func saga(_ loan: String) async throws -> SagaRecord? {
        try await loans.saga(Lending.self, id: loan)
    }

    func copies(_ book: String) async throws -> Int? {
        try await Shelf.copies(of: book, in: shelf)
    }
}

/// Takes every deposit once, and loses its first answers.
final class FlakyGateway: DepositGateway {
    struct Down: Error {}

    private struct State {
        var keys: [String] = []
        var held: Set<String> = []
    }

    private let failures: Int
    private let state = Mutex(State())
    /// The key of each call.
    var keys: [String] { state.withLock(\.keys) }
    /// The keys under which it holds money.
    var held: Set<String> { state.withLock(\.held) }

    init(failures: Int) {
        self.failures = failures
    }

    func charge(_ amount: Int, to member: String, key: String) async throws -> Charge {
        let call = state.withLock { state in
            state.keys.append(key)
            state.held.insert(key)
            return state.keys.count
        }
        guard call > failures else { throw Down() }
        return .taken(receipt: "receipt-\(call)")
    }

    func refund(key: String) async throws {
        state.withLock { _ = $0.held.remove(key) }
    }
}
