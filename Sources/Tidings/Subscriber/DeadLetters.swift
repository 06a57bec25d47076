/// An event whose handler failed for good, with its evidence.
public struct DeadLetter: Sendable {
    /// What a redrive names it by.
    public let id: Int64
    /// The consumer group whose handler failed.
    public let consumer: String
    /// The handler.
    public let handler: String
    /// The event.
    public let event: Envelope
    /// How many attempts were made.
    public let attempts: Int
    /// What the last attempt threw.
    public let error: String
    /// When the first attempt failed.
    public let firstFailedAt: Timestamp
    /// When the last attempt failed.
    public let lastFailedAt: Timestamp
}

extension Database {
    /// How many dead letters the consumers of this database have.
    public func deadLetterCount() async throws -> Int {
        try await engine.read { connection in
            try connection.query("SELECT count(*) AS n FROM tidings_parked WHERE state = 'dead'")[0].value("n")
        }
    }

    /// The dead letters of a consumer group, the oldest first.
    /// - Parameters:
    ///   - consumer: the group.
    ///   - id: only those after this one; 0 for the first page.
    ///   - limit: how many at most.
    public func deadLetters(of consumer: String, after id: Int64 = 0, limit: Int = 100) async throws -> [DeadLetter] {
        try await engine.read { connection in
            try connection.query(
                """
                SELECT id, handler, attempts, error, first_failed_at, last_failed_at, envelope FROM tidings_parked
                WHERE consumer = \(consumer) AND state = 'dead' AND id > \(id) ORDER BY id LIMIT \(limit)
                """
            ).map { row in
                DeadLetter(
                    id: try row.value("id"), consumer: consumer, handler: try row.value("handler"),
                    event: try row.envelope("envelope"), attempts: try row.value("attempts"),
                    error: try row.value("error", as: String?.self) ?? "",
                    firstFailedAt: try row.value("first_failed_at"),
                    lastFailedAt: try row.value("last_failed_at"))
            }
        }
    }
}

extension Subscriber {
    /// Makes a dead letter of this consumer due again, with all its attempts before it.
    /// - Returns: `false` where there is no such dead letter.
    public func redrive(_ id: Int64) async throws -> Bool {
        let now = database.environment.now()
        let changed = try await database.engine.write { [name] connection in
            try connection.execute(
                """
                UPDATE tidings_parked SET state = 'parked', attempts = 0, due_at = \(now)
                WHERE consumer = \(name) AND state = 'dead' AND id = \(id)
                """)
        }
        parked.signal()
        return changed == 1
    }
}
