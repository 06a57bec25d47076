extension SagaInstances {
    /// Lists sagas in the order in which they began, without their histories.
    package static func list(
        _ filter: SagaFilter, after number: Int64, limit: Int, in connection: any DatabaseConnection
    ) throws -> [SagaRecord] {
        var condition: SQLStatement = "place > \(number)"
        func and(_ part: SQLStatement?) { if let part { condition = "\(condition) AND \(part)" } }
        let orGivenUp: SQLStatement =
            filter.status == .stuck ? "OR (begun >= \(conviction) AND wake_at IS NULL)" : ""
        and(filter.consumer.map { "consumer = \($0)" })
        and(filter.name.map { "saga = \($0)" })
        and(filter.status.map { "(status = \($0) \(orGivenUp))" })
        return try connection.query(
            """
            SELECT consumer, saga, id, \(columns) FROM tidings_sagas WHERE \(condition)
            ORDER BY place LIMIT \(limit)
            """
        ).map { try SagaRecord($0, history: []) }
    }

    /// The sagas of an id, of one kind and one subscriber if these are named, with their histories.
    package static func find(
        _ id: String, named name: String?, of consumer: String?, in connection: any DatabaseConnection
    ) throws -> [SagaRecord] {
        let ofName: SQLStatement = name.map { "AND saga = \($0)" } ?? ""
        let ofConsumer: SQLStatement = consumer.map { "AND consumer = \($0)" } ?? ""
        return try connection.query(
            """
            SELECT consumer, saga, id, \(columns) FROM tidings_sagas WHERE id = \(id) \(ofName) \(ofConsumer)
            ORDER BY saga, consumer
            """
        ).map { try SagaRecord($0, history: try history(of: $0.value("place"), in: connection)) }
    }

    /// The one saga of a kind and an id.
    /// - Throws: ``TidingsError`` with code `invalid` if several subscribers have one and none is named.
    package static func only(
        _ name: String, _ id: String, of consumer: String?, in connection: any DatabaseConnection
    ) throws -> SagaRecord? {
        let found = try find(id, named: name, of: consumer, in: connection)
        guard found.count <= 1 else {
            let consumers = found.map(\.consumer).joined(separator: ", ")
            throw TidingsError(.invalid, "several subscribers have a \(name) \(id); name one of them: \(consumers)")
        }
        return found.first
    }

    /// The last lines of a saga's history, the oldest first.
    package static func history(
        of place: Int64, in connection: any DatabaseConnection
    ) throws -> [SagaHistoryEntry] {
        try connection.query(
            """
            SELECT at, what, event_id, stage_before, stage_after FROM tidings_saga_history
            WHERE saga = \(place) ORDER BY number DESC LIMIT \(historyLimit)
            """
        ).reversed().map { row in
            SagaHistoryEntry(
                at: try row.value("at"), what: try row.value("what"), eventID: try row.value("event_id"),
                from: try row.value("stage_before"), to: try row.value("stage_after"))
        }
    }
}

extension SagaRecord {
    /// Reads a saga from its row.
    fileprivate init(_ row: SQLRow, history: [SagaHistoryEntry]) throws {
        let saga = try SagaInstances.Row(row)
        self.init(
            number: try row.value("place"), consumer: try row.value("consumer"), name: try row.value("saga"),
            id: try row.value("id"), status: saga.isGivenUp ? .stuck : saga.status, stage: saga.stage,
            reason: saga.journal.reason, state: saga.state, steps: saga.journal.steps, history: history,
            startedAt: saga.startedAt, updatedAt: saga.updatedAt)
    }
}
