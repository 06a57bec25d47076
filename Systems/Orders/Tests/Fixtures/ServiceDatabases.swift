import Tidings
import TidingsSQLite

/// The databases of running services, for looking into them beside the services.
actor ServiceDatabases {
    private let folder: String
    private var engines: [String: SQLiteEngine] = [:]

    init(in folder: String) {
        self.folder = folder
    }

    /// The number that a statement calls `n`.
    func count(in service: String, _ statement: SQLStatement) async throws -> Int {
        let engine = try await engine(of: service)
        return try await engine.read { try $0.query(statement)[0].value("n") }
    }

    /// Runs a statement that changes something.
    func execute(_ statement: SQLStatement, in service: String) async throws {
        _ = try await engine(of: service).write(.synced) { try $0.execute(statement) }
    }

    private func engine(of service: String) async throws -> SQLiteEngine {
        if let engine = engines[service] { return engine }
        let engine = try await SQLiteEngine.open("\(folder)/\(service).sqlite")
        engines[service] = engine
        return engine
    }
}
