import Logging
import Testing
import Tidings
import TidingsSQLite
import TidingsService
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct IdempotencyKeysTests {
    private struct Asked: Encodable, Sendable {
        var text = "a"
    }

    private let clock = ManualClock()

    private func database(
        on engine: SQLiteEngine? = nil, clock: ManualClock? = nil
    ) async throws -> ServiceDatabase {
        try await ServiceDatabase(
            engine ?? SQLiteEngine.inMemory(), service: "shop", migrations: [IdempotencyKeys.migration],
            environment: .seeded(1, clock: clock ?? self.clock))
    }

    /// Asks once, and returns what was answered: a number of its own for what was done.
    private func ask(
        _ key: String?, of client: String = "c", as asked: Asked = Asked(), by keys: IdempotencyKeys,
        in database: ServiceDatabase
    ) async throws -> String {
        try await database.transaction { transaction in
            try keys.once(key, of: client, for: asked, in: transaction) { transaction.makeID().rawValue }
        }
    }

    private func count(in database: ServiceDatabase) async throws -> Int {
        try await database.read { try $0.query("SELECT count(*) AS n FROM tidings_idempotency_keys")[0].value("n") }
    }

    @Test func `a key is one of a route and a client`() async throws {
        let database = try await database()
        let (orders, refunds) = (IdempotencyKeys(of: "POST /orders"), IdempotencyKeys(of: "POST /refunds"))
        let first = try await ask("k", by: orders, in: database)
        #expect(try await ask("k", by: orders, in: database) == first)
        let others = [
            try await ask("k", of: "d", by: orders, in: database), try await ask("k", by: refunds, in: database),
            try await ask("l", by: orders, in: database), try await ask(nil, by: orders, in: database),
            try await ask(nil, by: orders, in: database),
        ]
        #expect(Set(others + [first]).count == 6)
        #expect(try await count(in: database) == 4)
    }

    @Test func `a key that stands for another request is refused with 422`() async throws {
        let database = try await database()
        let keys = IdempotencyKeys(of: "POST /orders")
        _ = try await ask("k", by: keys, in: database)
        let problem = await #expect(throws: Problem.self) {
            try await ask("k", as: Asked(text: "b"), by: keys, in: database)
        }
        #expect(problem?.status == 422)
        #expect(problem?.type == "urn:tidings:problem:idempotency-key-reused")
        #expect(problem?.parameter == "Idempotency-Key")
    }

    @Test func `keys, clients and requests that only look alike are told apart`() async throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let database = try await database()
        let keys = IdempotencyKeys(of: "POST /orders")
        let answers = [
            try await ask(composed, by: keys, in: database), try await ask(decomposed, by: keys, in: database),
            try await ask(composed, of: composed, by: keys, in: database),
            try await ask(composed, of: decomposed, by: keys, in: database),
            try await ask("k", as: Asked(text: composed), by: keys, in: database),
        ]
        #expect(Set(answers).count == 5)
        let problem = await #expect(throws: Problem.self) {
            try await ask("k", as: Asked(text: decomposed), by: keys, in: database)
        }
        #expect(problem?.status == 422)
    }

    @Test func `what was refused is not remembered`() async throws {
        let database = try await database()
        let keys = IdempotencyKeys(of: "POST /orders")
        await #expect(throws: Problem.self) {
            try await database.transaction { transaction in
                try keys.once("k", of: "c", for: Asked(text: "wrong"), in: transaction) { () throws -> String in
                    throw Problem.invalidField("/text", "it is wrong")
                }
            }
        }
        #expect(try await !ask("k", by: keys, in: database).isEmpty)
    }

    @Test(arguments: [Duration.seconds(86_400), .seconds(-86_400)])
    func `a clock that is set makes no new request of one that is sent again`(_ jump: Duration) async throws {
        let database = try await database()
        let keys = IdempotencyKeys(of: "POST /orders", horizon: .seconds(60))
        let first = try await ask("k", by: keys, in: database)
        clock.jump(by: jump)
        #expect(try await ask("k", by: keys, in: database) == first)
        // Nor does it keep the key for longer.
        clock.advance(by: .seconds(60))
        #expect(try await ask("k", by: keys, in: database) != first)
    }

    @Test func `the time for which a key is remembered passes while services run, through restarts`() async throws {
        let engine = try SQLiteEngine.inMemory()
        let keys = IdempotencyKeys(of: "POST /orders", horizon: .seconds(60))
        var answers: Set<String> = []
        for start in 0..<3 {
            // It stood still for a day.
            let clock = ManualClock(now: Timestamp(seconds: 1_767_225_600 + 86_400 * Int64(start)))
            let database = try await database(on: engine, clock: clock)
            let maintenance = DatabaseMaintenance(of: database, logger: Logger(label: "test"))
            try await maintenance.turn()
            answers.insert(try await ask("k", by: keys, in: database))
            #expect(answers.count == 1)
            clock.advance(by: .seconds(25))
            try await maintenance.turn()
        }
        let last = try await database(on: engine, clock: ManualClock(now: Timestamp(seconds: 1_800_000_000)))
        #expect(try await ask("k", by: keys, in: last) != answers.first)
    }

    @Test func `a key is as good as new after its time, and old ones go in slices as new ones come`() async throws {
        let database = try await database()
        let keys = IdempotencyKeys(of: "POST /orders", horizon: .seconds(60))
        let lasting = IdempotencyKeys(of: "POST /refunds")
        let first = try await ask("k", by: keys, in: database)
        let refund = try await ask("k", by: lasting, in: database)
        for number in 0..<250 { _ = try await ask("old-\(number)", by: keys, in: database) }
        clock.advance(by: .seconds(59))
        #expect(try await ask("k", by: keys, in: database) == first)
        clock.advance(by: .seconds(1))
        let second = try await ask("k", as: Asked(text: "b"), by: keys, in: database)
        #expect(second != first)
        #expect(try await ask("k", as: Asked(text: "b"), by: keys, in: database) == second)
        var counts = [try await count(in: database)]
        for number in 0..<3 {
            _ = try await ask("new-\(number)", by: keys, in: database)
            counts.append(try await count(in: database))
        }
        // 251 old ones; a hundred go with each new one, and what another route remembers stays.
        #expect(counts == [153, 54, 4, 5])
        #expect(try await ask("k", by: lasting, in: database) == refund)
    }
}
