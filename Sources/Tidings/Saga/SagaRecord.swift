/// A saga as it is kept, for looking at.
public struct SagaRecord: Sendable {
    /// Counts the sagas of a database in the order in which they began; what a list goes on after.
    public let number: Int64
    /// The consumer group of the subscriber that runs it.
    public let consumer: String
    /// The name of its kind, ``Saga/name``.
    public let name: String
    /// The description of its id; unique within its kind and subscriber.
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
    /// - Parameters:
    ///   - type: its kind.
    ///   - id: its id.
    ///   - consumer: the consumer group of its subscriber, with the scope; needed if several subscribers have such a saga.
    /// - Returns: the saga; `nil` if no event has come for it.
    /// - Throws: ``TidingsError`` with code `invalid` if several subscribers have one and none is named.
    public func saga<S: Saga>(_ type: S.Type, id: S.ID, of consumer: String? = nil) async throws -> SagaRecord? {
        try await saga(named: S.name, id: id.description, of: consumer)
    }

    /// Finds a saga by the name of its kind and its id, as operators know it.
    /// - Parameters:
    ///   - name: its kind.
    ///   - id: its id.
    ///   - consumer: the consumer group of its subscriber, with the scope; needed if several subscribers have such a saga.
    /// - Returns: the saga; `nil` if no event has come for it.
    /// - Throws: ``TidingsError`` with code `invalid` if several subscribers have one and none is named.
    public func saga(named name: String, id: String, of consumer: String? = nil) async throws -> SagaRecord? {
        try await engine.read { try SagaInstances.only(name, id, of: consumer, in: $0) }
    }
}
