/// A saga as it is kept, for looking at.
public struct SagaRecord: Sendable {
    /// The name of its kind, ``Saga/name``.
    public let name: String
    /// The description of its id; unique within its kind and database.
    public let id: String
    /// Whether it runs, is being compensated, or has ended, and how.
    public let status: SagaStatus
    /// The name of its stage; `nil` while it has not been started.
    public let stage: String?
    /// Why it was compensated or failed, as the transition said; `nil` if neither happened.
    public let reason: String?
    /// Its own state as JSON, in the version that wrote it; `nil` while it has not been started.
    public let state: EventBytes?
    /// Its steps in the order in which they were done, and what has become of them.
    public let steps: [SagaStep]
    /// What happened, the oldest first; the last hundred lines.
    public let history: [SagaHistoryEntry]
    /// When it was started; until then, when the first event came for it.
    public let startedAt: Timestamp
    /// When an event or a time-out last changed it.
    public let updatedAt: Timestamp
}

extension ServiceDatabase {
    /// Finds a saga that runs on this database.
    /// - Returns: the saga; `nil` if no event has come for it.
    public func saga<S: Saga>(_ type: S.Type, id: S.ID) async throws -> SagaRecord? {
        try await saga(named: S.name, id: id.description)
    }

    /// Finds a saga by the name of its kind and its id, as operators know it.
    /// - Returns: the saga; `nil` if no event has come for it.
    public func saga(named name: String, id: String) async throws -> SagaRecord? {
        try await engine.read { connection in
            guard let row = try SagaInstances.find(name, id, in: connection) else { return nil }
            return SagaRecord(
                name: name, id: id, row, history: try SagaInstances.history(of: name, id, in: connection))
        }
    }
}

extension SagaRecord {
    init(name: String, id: String, _ row: SagaInstances.Row, history: [SagaHistoryEntry]) {
        self.init(
            name: name, id: id, status: row.isGivenUp ? .stuck : row.status, stage: row.stage,
            reason: row.journal.reason, state: row.state, steps: row.journal.steps, history: history,
            startedAt: row.startedAt, updatedAt: row.updatedAt)
    }
}
