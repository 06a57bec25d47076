import Tracing

/// Keeps sagas of one kind in the table `tidings_sagas`, a row each.
struct SagaStore<S: Saga>: Sendable {
    /// Loads a saga, changes it, keeps it and publishes what the change asks for.
    func update(
        _ id: String, in transaction: Transaction,
        _ change: (SagaInstance<S>?) throws -> (SagaInstance<S>, [SagaPublication])
    ) throws {
        let (instance, published) = try change(try load(id, in: transaction))
        try save(instance, id, in: transaction)
        for publication in published {
            switch publication {
            case .event(let event):
                try transaction.publish(event, correlationID: instance.journal.correlationID)
            case .stored(let event):
                try transaction.publish(event, correlationID: instance.journal.correlationID)
            }
        }
    }

    /// Runs what is due, a hundred sagas at a time.
    /// - Returns: when the next one is.
    func wakeDue(_ machine: SagaMachine<S>, _ database: Database, _ time: any TimeSource) async throws -> Timestamp? {
        while true {
            let now = time.now()
            let (due, next) = try await database.read { connection in
                let rows = try connection.query(
                    """
                    SELECT id, wake_at FROM tidings_sagas WHERE saga = \(S.name) AND wake_at IS NOT NULL
                    ORDER BY wake_at LIMIT 101
                    """)
                let all = try rows.map {
                    (try $0.value("id", as: String.self), try $0.value("wake_at", as: Timestamp.self))
                }
                return (all.prefix(100).filter { $0.1 <= now }.map(\.0), all.first { $0.1 > now }?.1)
            }
            guard !due.isEmpty else { return next }
            let failure = try await withSpan("wake \(S.name)") { _ in
                try await database.transaction { transaction in try self.wake(due, machine, at: now, transaction) }
            }
            if let failure { throw failure }
        }
    }

    /// Wakes sagas; one that cannot be woken is left for a minute, and does not keep the others.
    /// - Returns: what the first of those threw.
    private func wake(
        _ ids: [String], _ machine: SagaMachine<S>, at now: Timestamp, _ transaction: Transaction
    ) throws -> TidingsError? {
        var failure: TidingsError?
        for id in ids {
            do {
                try transaction.savepoint {
                    try update(id, in: transaction) { instance in
                        guard let instance else { throw TidingsError(.corrupt, "\(S.name) \(id) is gone") }
                        return try machine.wake(instance, at: now)
                    }
                }
            } catch let error as TidingsError where error.isOutage {
                throw error
            } catch {
                failure = failure ?? TidingsError(.undecodable, "\(S.name) \(id) could not be woken", cause: error)
                try transaction.execute(
                    """
                    UPDATE tidings_sagas SET wake_at = \(now + .seconds(60)) WHERE saga = \(S.name) AND id = \(id)
                    """)
            }
        }
        return failure
    }

    private func load(_ id: String, in transaction: Transaction) throws -> SagaInstance<S>? {
        guard
            let row = try transaction.query(
                """
                SELECT status, state_version, state, journal, started_at FROM tidings_sagas
                WHERE saga = \(S.name) AND id = \(id)
                """
            ).first
        else { return nil }
        let state = try row.value("state", as: String?.self).map { EventBytes($0) }
        let version: Int = try row.value("state_version")
        return SagaInstance(
            saga: try state.map { state in
                version == S.stateVersion
                    ? try EventCoding.decode(S.self, from: state) : try S.migrate(state, from: version)
            },
            status: try row.value("status"),
            journal: try EventCoding.decode(SagaJournal.self, from: EventBytes(row.value("journal", as: String.self))),
            startedAt: try row.value("started_at"))
    }

    private func save(_ instance: SagaInstance<S>, _ id: String, in transaction: Transaction) throws {
        let state = try instance.saga.map { try EventCoding.encode($0).text }
        let journal = try EventCoding.encode(instance.journal).text
        try transaction.execute(
            """
            INSERT INTO tidings_sagas
                (saga, id, status, stage, state_version, state, journal, wake_at, started_at, updated_at)
            VALUES (\(S.name), \(id), \(instance.status), \(instance.stageName), \(S.stateVersion), \(state), \(journal),
                \(instance.wakeAt), \(instance.startedAt), \(transaction.now))
            ON CONFLICT (saga, id) DO UPDATE SET
                status = excluded.status, stage = excluded.stage, state_version = excluded.state_version,
                state = excluded.state, journal = excluded.journal, wake_at = excluded.wake_at,
                started_at = excluded.started_at, updated_at = excluded.updated_at
            """)
    }
}

extension Transaction {
    /// Publishes the event that undoes a step, as it was stored.
    fileprivate func publish(_ event: StoredEvent, correlationID: String?) throws {
        let envelope = envelope(of: event, correlationID: correlationID, twinOf: nil)
        try publish(envelope)
        for lowered in event.lowered ?? [] {
            try publish(self.envelope(of: lowered, correlationID: envelope.correlationID, twinOf: envelope.id))
        }
    }

    private func envelope(of event: StoredEvent, correlationID: String?, twinOf: EventID?) -> Envelope {
        let id = makeID()
        return Envelope(
            id: id, source: source, type: EventType(rawValue: event.type), subject: event.subject, time: now,
            correlationID: correlationID ?? id.rawValue, causationID: cause?.id, trace: cause?.trace,
            extensions: twinOf.map { [Envelope.twinAttribute: $0.rawValue] } ?? [:], data: EventBytes(event.data))
    }
}
