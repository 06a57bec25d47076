import Tidings
import TidingsSQLite

/// A database that counts what is asked of it.
final class WitnessEngine: DatabaseEngine {
    private let engine: SQLiteEngine
    /// How many write transactions there were.
    let writes = Dial()
    /// How many of them had to be synced.
    let syncedWrites = Dial()
    /// How many bytes the largest answer to a reader had in its column `envelope`.
    let largestAnswer = Dial()

    init(_ engine: SQLiteEngine) {
        self.engine = engine
    }

    var serialPrimaryKey: SQLStatement { engine.serialPrimaryKey }

    var blobType: SQLStatement { engine.blobType }

    var keyedTable: SQLStatement { engine.keyedTable }

    func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        writes.turn()
        if durability == .synced { syncedWrites.turn() }
        return try await engine.write(durability, body)
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.read { [largestAnswer] in try body(Connection($0, largestAnswer)) }
    }

    private final class Connection: DatabaseConnection {
        private let connection: any DatabaseConnection
        private let largestAnswer: Dial

        init(_ connection: any DatabaseConnection, _ largestAnswer: Dial) {
            self.connection = connection
            self.largestAnswer = largestAnswer
        }

        func execute(_ statement: SQLStatement) throws -> Int { try connection.execute(statement) }

        func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
            try connection.execute(text, forEach: rows)
        }

        func query(_ statement: SQLStatement) throws -> [SQLRow] {
            let rows = try connection.query(statement)
            var size = 0
            for row in rows {
                if case .blob(let bytes)? = try? row.value("envelope", as: SQLValue.self) { size += bytes.count }
            }
            largestAnswer.value = max(largestAnswer.value, size)
            return rows
        }

        func savepoint<Result>(_ body: () throws -> Result) throws -> Result { try connection.savepoint(body) }
    }
}

extension Bench {
    /// The same database through another connection, which is watched.
    func watched() async throws -> (engine: WitnessEngine, database: ServiceDatabase) {
        let engine = WitnessEngine(try await SQLiteEngine.open(path, busyTimeout: .seconds(5)))
        return (engine, try await ServiceDatabase(engine, service: "shop", source: "/shop", environment: environment))
    }
}
