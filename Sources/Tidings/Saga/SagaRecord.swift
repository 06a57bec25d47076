/// A saga as it is kept, for looking at.
public struct SagaRecord: Sendable {
    /// The name of its kind.
    public let name: String
    /// Which one it is.
    public let id: String
    /// How it is doing.
    public let status: SagaStatus
    /// Where it stands; `nil` while it has not been started.
    public let stage: String?
    /// Why it was compensated or failed.
    public let reason: String?
    /// Its own state as JSON.
    public let state: EventBytes?
    /// Its steps and what has become of them.
    public let steps: [SagaStep]
    /// What happened, the last hundred lines.
    public let history: [SagaHistoryEntry]
    /// When it was started.
    public let startedAt: Timestamp
    /// When it last changed.
    public let updatedAt: Timestamp
}

extension Database {
    /// Finds a saga that runs on this database.
    public func saga<S: Saga>(_ type: S.Type, id: S.ID) async throws -> SagaRecord? {
        try await engine.read { connection in
            guard
                let row = try connection.query(
                    """
                    SELECT status, stage, state, journal, started_at, updated_at FROM tidings_sagas
                    WHERE saga = \(S.name) AND id = \(id.description)
                    """
                ).first
            else { return nil }
            let journal = try EventCoding.decode(
                SagaJournal.self, from: EventBytes(row.value("journal", as: String.self)))
            return SagaRecord(
                name: S.name, id: id.description, status: try row.value("status"), stage: try row.value("stage"),
                reason: journal.reason, state: try row.value("state", as: String?.self).map { EventBytes($0) },
                steps: journal.steps, history: journal.history, startedAt: try row.value("started_at"),
                updatedAt: try row.value("updated_at"))
        }
    }
}
