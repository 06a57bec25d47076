import Tidings
import TidingsSQLite

/// A database as a process that may die sees it: from its death on nothing is committed.
final class MortalEngine: DatabaseEngine {
    private let engine: SQLiteEngine
    private let bus: MortalBus

    init(_ engine: SQLiteEngine, with bus: MortalBus) {
        (self.engine, self.bus) = (engine, bus)
    }

    var serialPrimaryKey: SQLStatement { engine.serialPrimaryKey }

    var blobType: SQLStatement { engine.blobType }

    var keyedTable: SQLStatement { engine.keyedTable }

    func write<Result: Sendable>(
        _ durability: CommitDurability, _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.write(durability) { [bus] connection in
            let result = try body(connection)
            if bus.isDead { throw TidingsError(.unavailable, "the process is dead") }
            return result
        }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.read(body)
    }
}

extension Bench {
    /// The same database as a process sees it that may die.
    func mortal(with bus: MortalBus) async throws -> ServiceDatabase {
        try await ServiceDatabase(
            MortalEngine(try await engine(), with: bus), service: "shop", source: "/shop", environment: environment)
    }
}
