import Testing
import Tidings
import TidingsSQLite
import TidingsTesting

/// The database fails in the middle of a handler.
@Suite(.timeLimit(.minutes(1))) struct OutageInBodyTests {
    @Test(arguments: [false, true])
    func `a database that fails under a handler pauses its subscriber, whatever the handler makes of it`(
        _ hidesIt: Bool
    ) async throws {
        try await Bench.with { bench in
            let engine = FullDiskEngine(try await bench.engine())
            engine.failures.value = 4
            let database = try await ServiceDatabase(
                engine, service: "shop", source: "/shop", environment: bench.environment)
            var options = SubscriberOptions()
            options.concurrency = 1
            options.retry.maximumAttempts = 1
            let stock = Subscriber(
                "stock", bus: bench.bus, database: database, options: options, logger: bench.logger
            ) {
                On(Placed.self) { placed, transaction in
                    do {
                        try transaction.note(placed.order)
                    } catch {
                        if hidesIt { throw Unhappy() }
                        throw error
                    }
                }
            }
            try await bench.running(stock) {
                try await bench.publish(Placed(order: "a"), Placed(order: "b"))
                try await bench.until { stock.health.pausedBecause?.contains("the disk is full") == true }
                try await bench.until(advancing: .milliseconds(100)) {
                    #expect(try await bench.count("tidings_parked") == 0)
                    return try await bench.seen().count == 2
                }
                #expect(try await bench.seen() == ["a", "b"])
                #expect(engine.failures.value == 0)
                try await bench.until(advancing: .milliseconds(100)) { stock.health.isWorking }
            }
        }
    }
}

/// A database that has no room for what handlers write, for a while.
private final class FullDiskEngine: DatabaseEngine {
    private let engine: SQLiteEngine
    /// How many statements of handlers are still to fail.
    let failures = Dial()

    init(_ engine: SQLiteEngine) {
        self.engine = engine
    }

    var serialPrimaryKey: SQLStatement { engine.serialPrimaryKey }

    var blobType: SQLStatement { engine.blobType }

    var keyedTable: SQLStatement { engine.keyedTable }

    func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.write(durability) { [failures] in try body(Connection($0, failures)) }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.read(body)
    }

    private final class Connection: DatabaseConnection {
        private let connection: any DatabaseConnection
        private let failures: Dial

        init(_ connection: any DatabaseConnection, _ failures: Dial) {
            (self.connection, self.failures) = (connection, failures)
        }

        func execute(_ statement: SQLStatement) throws -> Int {
            if failures.value > 0, statement.text.hasPrefix("INSERT INTO seen") {
                failures.value -= 1
                throw TidingsError(.unavailable, "the disk is full")
            }
            return try connection.execute(statement)
        }

        func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
            try connection.execute(text, forEach: rows)
        }

        func query(_ statement: SQLStatement) throws -> [SQLRow] { try connection.query(statement) }

        func savepoint<Result>(_ body: () throws -> Result) throws -> Result { try connection.savepoint(body) }
    }
}
