/// Which sagas are meant: those that fit everything that is set.
public struct SagaFilter: Sendable, Hashable {
    /// Those of one kind, by its name.
    public var name: String?
    /// Those with one status.
    public var status: SagaStatus?

    /// Means all sagas of a database.
    public init(name: String? = nil, status: SagaStatus? = nil) {
        self.name = name
        self.status = status
    }
}

extension ServiceDatabase {
    /// Lists sagas by the names of their kinds and their ids, without their histories.
    /// - Parameters:
    ///   - filter: which.
    ///   - last: only those after this kind and id; `nil` for the first page.
    ///   - limit: how many at most, 1 to 1,000.
    public func sagas(
        matching filter: SagaFilter = SagaFilter(), after last: (name: String, id: String)? = nil, limit: Int = 100
    ) async throws -> [SagaRecord] {
        try checkPage(of: limit)
        return try await engine.read { try SagaInstances.list(filter, after: last, limit: limit, in: $0) }
    }

    /// The sagas of an id, of whatever kind, with their histories.
    public func sagas(id: String) async throws -> [SagaRecord] {
        try await engine.read { connection in
            try SagaInstances.names(of: id, in: connection).compactMap { name in
                try SagaInstances.find(name, id, in: connection).map { row in
                    SagaRecord(
                        name: name, id: id, row, history: try SagaInstances.history(of: name, id, in: connection))
                }
            }
        }
    }

    /// Asks once more for the compensations of a saga that were given up, with all their attempts before them.
    /// - Returns: whether the saga is stuck; if it is not, nothing is done.
    public func retryCompensation(ofSaga name: String, id: String) async throws -> Bool {
        try await changeStuck(name, id, "retry") { step in
            // It is asked for again when its turn in the order of compensations has come.
            step.status = .done
            step.attempts = 0
        }
    }

    /// Notes that a person has seen to the compensations of a saga that were given up. What is left to be compensated
    /// goes on.
    /// - Parameter reason: what was done, for the saga's history.
    /// - Returns: whether the saga is stuck; if it is not, nothing is done.
    public func resolveCompensation(ofSaga name: String, id: String, reason: String) async throws -> Bool {
        try await changeStuck(name, id, "resolved: \(reason)") { $0.status = .compensated }
    }

    /// Changes the steps of a stuck saga, which is woken at once to go on; one whose time-out is due is woken too.
    private func changeStuck(
        _ name: String, _ id: String, _ what: String, _ change: @escaping @Sendable (inout SagaStep) -> Void
    ) async throws -> Bool {
        defer { wakeSubscribers() }
        return try await transaction { transaction in
            let (connection, now) = (transaction.connection, transaction.now)
            guard let old = try SagaInstances.find(name, id, in: connection),
                old.status == .stuck || old.isGivenUp || old.isOverdue(at: now)
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
            try SagaInstances.save(row, over: old, history: [line], as: name, id, in: connection)
            return true
        }
    }
}
