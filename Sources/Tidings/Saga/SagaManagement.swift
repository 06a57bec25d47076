/// Which sagas are meant: those that fit everything that is set.
public struct SagaFilter: Sendable, Hashable {
    /// Those of one subscriber, by its consumer group.
    public var consumer: String?
    /// Those of one kind, by its name.
    public var name: String?
    /// Those with one status.
    public var status: SagaStatus?

    /// Means all sagas of a database.
    public init(consumer: String? = nil, name: String? = nil, status: SagaStatus? = nil) {
        self.consumer = consumer
        self.name = name
        self.status = status
    }
}

extension ServiceDatabase {
    /// Lists sagas in the order in which they began, without their histories.
    /// - Parameters:
    ///   - filter: which.
    ///   - number: only those after this number; 0 for the first page.
    ///   - limit: how many at most, 1 to 1,000.
    public func sagas(
        matching filter: SagaFilter = SagaFilter(), after number: Int64 = 0, limit: Int = 100
    ) async throws -> [SagaRecord] {
        try checkPage(of: limit)
        return try await engine.read { try SagaInstances.list(filter, after: number, limit: limit, in: $0) }
    }

    /// The sagas of an id, of whatever kind and subscriber, with their histories.
    public func sagas(id: String) async throws -> [SagaRecord] {
        try await engine.read { try SagaInstances.find(id, named: nil, of: nil, in: $0) }
    }

    /// Asks once more for the compensations of a saga that were given up, with all their attempts before them.
    /// - Parameter consumer: the consumer group of its subscriber; needed if several subscribers have such a saga.
    /// - Returns: whether the saga is stuck; if it is not, nothing is done.
    /// - Throws: ``TidingsError`` with code `invalid` if several subscribers have one and none is named.
    public func retryCompensation(ofSaga name: String, id: String, of consumer: String? = nil) async throws -> Bool {
        try await changeStuck(name, id, of: consumer, "retry") { step in
            // It is asked for again when its turn in the order of compensations has come.
            step.status = .done
            step.attempts = 0
        }
    }

    /// Notes that a person has seen to the compensations of a saga that were given up. What is left to be compensated
    /// goes on.
    /// - Parameters:
    ///   - name: its kind.
    ///   - id: its id.
    ///   - consumer: the consumer group of its subscriber; needed if several subscribers have such a saga.
    ///   - reason: what was done, for the saga's history.
    /// - Returns: whether the saga is stuck; if it is not, nothing is done.
    /// - Throws: ``TidingsError`` with code `invalid` if several subscribers have one and none is named.
    public func resolveCompensation(
        ofSaga name: String, id: String, of consumer: String? = nil, reason: String
    ) async throws -> Bool {
        try await changeStuck(name, id, of: consumer, "resolved: \(reason)") { $0.status = .compensated }
    }

    /// Changes the steps of a stuck saga, which is woken at once to go on; one whose time-out is due is woken too.
    private func changeStuck(
        _ name: String, _ id: String, of consumer: String?, _ what: String,
        _ change: @escaping @Sendable (inout SagaStep) -> Void
    ) async throws -> Bool {
        defer { wakeSubscribers() }
        return try await transaction { transaction in
            let (connection, now) = (transaction.connection, transaction.now)
            guard let found = try SagaInstances.only(name, id, of: consumer, in: connection) else { return false }
            let sagas = SagaInstances(of: found.consumer, name)
            guard let old = try sagas.find(id, in: connection),
                old.status == .stuck || old.isGivenUp || old.isStuck(at: now)
            else { return false }
            var row = old
            let compensates = row.journal.steps.contains { $0.status != .done && $0.status != .compensated }
            for index in row.journal.steps.indices where row.journal.steps[index].status == .stuck {
                change(&row.journal.steps[index])
            }
            if row.status == .stuck, compensates { row.status = .compensating }
            row.begun = 0
            row.journal.hasHandledFailure = false
            row.wakeAt = now
            row.updatedAt = now
            row.journal.historyCount += 1
            let line = SagaHistoryEntry(at: now, what: what, eventID: nil, from: row.stage, to: row.stage)
            try sagas.save(row, of: id, over: old, history: [line], in: connection)
            return true
        }
    }
}
