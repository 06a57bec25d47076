/// The sagas of a database: the tables `tidings_sagas`, a row each, and `tidings_saga_history`, a row for each thing that
/// happened.
///
/// The history is a table of its own so that an event costs a saga the same after a hundred others.
package enum SagaInstances {
    /// A saga as its row holds it: the state as JSON, unread.
    package struct Row: Sendable {
        package var status: SagaStatus
        package var stage: String?
        package var stateVersion: Int
        package var state: EventBytes?
        package var journal: SagaJournal
        package var wakeAt: Timestamp?
        package var startedAt: Timestamp
        package var updatedAt: Timestamp
        /// How often in a row its time-out was begun and not ended.
        package var begun = 0

        /// Whether its time-outs are left to a person, because they seem to kill the service.
        package var isGivenUp: Bool { begun >= SagaInstances.conviction && wakeAt == nil }

        package init(
            status: SagaStatus, stage: String?, stateVersion: Int, state: EventBytes?, journal: SagaJournal,
            wakeAt: Timestamp?, startedAt: Timestamp, updatedAt: Timestamp
        ) {
            self.status = status
            self.stage = stage
            self.stateVersion = stateVersion
            self.state = state
            self.journal = journal
            self.wakeAt = wakeAt
            self.startedAt = startedAt
            self.updatedAt = updatedAt
        }
    }

    /// How often a time-out is begun and not ended before it is given up.
    package static let conviction = 10

    /// How many lines of history are kept of a saga.
    package static let historyLimit = 100

    private static let columns: SQLStatement =
        "status, stage, state_version, state, journal, wake_at, started_at, updated_at, begun"

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE tidings_sagas (
                saga TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, stage TEXT, state_version BIGINT NOT NULL,
                state TEXT, journal \(engine.blobType) NOT NULL, wake_at BIGINT, started_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL, begun BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (saga, id))
            """,
            "CREATE INDEX tidings_sagas_id ON tidings_sagas (id)",
            "CREATE INDEX tidings_sagas_wake ON tidings_sagas (saga, wake_at) WHERE wake_at IS NOT NULL",
            """
            CREATE TABLE tidings_saga_history (
                saga TEXT NOT NULL, id TEXT NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, what TEXT NOT NULL,
                event_id TEXT, stage_before TEXT, stage_after TEXT, PRIMARY KEY (saga, id, number)) \(engine.keyedTable)
            """,
        ]
    }

    package static func find(_ saga: String, _ id: String, in connection: any DatabaseConnection) throws -> Row? {
        try connection.query("SELECT \(columns) FROM tidings_sagas WHERE saga = \(saga) AND id = \(id)").first
            .map(Row.init)
    }

    /// Writes a saga and the new lines of its history.
    /// - Parameter old: the saga's row as it was found; `nil` if there is none.
    package static func save(
        _ row: Row, over old: Row?, history: [SagaHistoryEntry], as saga: String, _ id: String,
        in connection: any DatabaseConnection
    ) throws {
        if let old {
            // An index is written anew for each column that is named, changed or not.
            let wakeAt: SQLStatement = row.wakeAt == old.wakeAt ? "" : ", wake_at = \(row.wakeAt)"
            try connection.execute(
                """
                UPDATE tidings_sagas SET status = \(row.status), stage = \(row.stage),
                    state_version = \(row.stateVersion), state = \(row.state?.text),
                    journal = \(SQLValue.blob(row.journal.binary())), started_at = \(row.startedAt),
                    updated_at = \(row.updatedAt), begun = \(row.begun)\(wakeAt)
                WHERE saga = \(saga) AND id = \(id)
                """)
        } else {
            try connection.execute(
                """
                INSERT INTO tidings_sagas
                    (saga, id, status, stage, state_version, state, journal, wake_at, started_at, updated_at)
                VALUES (\(saga), \(id), \(row.status), \(row.stage), \(row.stateVersion), \(row.state?.text),
                    \(SQLValue.blob(row.journal.binary())), \(row.wakeAt), \(row.startedAt), \(row.updatedAt))
                """)
        }
        let first = row.journal.historyCount - history.count
        try connection.execute(
            """
            INSERT INTO tidings_saga_history (saga, id, number, at, what, event_id, stage_before, stage_after)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            forEach: history.enumerated().map { index, entry in
                [
                    saga.sqlValue, id.sqlValue, (first + index).sqlValue, entry.at.sqlValue, entry.what.sqlValue,
                    entry.eventID.sqlValue, entry.from.sqlValue, entry.to.sqlValue,
                ]
            })
        // Cut back now and then rather than each time.
        if first / historyLimit != row.journal.historyCount / historyLimit {
            try connection.execute(
                """
                DELETE FROM tidings_saga_history
                WHERE saga = \(saga) AND id = \(id) AND number < \(row.journal.historyCount - historyLimit)
                """)
        }
    }

    /// The last lines of a saga's history, the oldest first.
    package static func history(
        of saga: String, _ id: String, in connection: any DatabaseConnection
    ) throws -> [SagaHistoryEntry] {
        try connection.query(
            """
            SELECT at, what, event_id, stage_before, stage_after FROM tidings_saga_history
            WHERE saga = \(saga) AND id = \(id) ORDER BY number DESC LIMIT \(historyLimit)
            """
        ).reversed().map { row in
            SagaHistoryEntry(
                at: try row.value("at"), what: try row.value("what"), eventID: try row.value("event_id"),
                from: try row.value("stage_before"), to: try row.value("stage_after"))
        }
    }

    /// Lists sagas by kind and id, without their histories.
    package static func list(
        _ filter: SagaFilter, after last: (name: String, id: String)?, limit: Int,
        in connection: any DatabaseConnection
    ) throws -> [SagaRecord] {
        let ofName: SQLStatement = filter.name.map { "AND saga = \($0)" } ?? ""
        let orGivenUp: SQLStatement =
            filter.status == .stuck ? "OR (begun >= \(conviction) AND wake_at IS NULL)" : ""
        let withStatus: SQLStatement = filter.status.map { "AND (status = \($0) \(orGivenUp))" } ?? ""
        let behind: SQLStatement = last.map { "AND (saga, id) > (\($0.name), \($0.id))" } ?? ""
        return try connection.query(
            """
            SELECT saga, id, \(columns) FROM tidings_sagas WHERE 1 = 1 \(ofName) \(withStatus) \(behind)
            ORDER BY saga, id LIMIT \(limit)
            """
        ).map { row in
            SagaRecord(name: try row.value("saga"), id: try row.value("id"), try Row(row), history: [])
        }
    }

    /// The kinds of saga that have an id.
    package static func names(of id: String, in connection: any DatabaseConnection) throws -> [String] {
        try connection.query("SELECT saga FROM tidings_sagas WHERE id = \(id) ORDER BY saga")
            .map { try $0.value("saga") }
    }

    /// A saga that is due, and how often in a row its time-out was begun and not ended: the process has died.
    package typealias Due = (id: String, begun: Int)

    /// The first sagas that are due, and when the next one is.
    package static func due(
        _ saga: String, atMost limit: Int, at now: Timestamp, in connection: any DatabaseConnection
    ) throws -> (sagas: [Due], next: Timestamp?) {
        let rows = try connection.query(
            """
            SELECT id, wake_at, begun FROM tidings_sagas WHERE saga = \(saga) AND wake_at IS NOT NULL
            ORDER BY wake_at LIMIT \(limit + 1)
            """
        ).map { row in
            (
                saga: (id: try row.value("id", as: String.self), begun: try row.value("begun", as: Int.self)),
                wakeAt: try row.value("wake_at", as: Timestamp.self)
            )
        }
        return (rows.prefix(limit).filter { $0.wakeAt <= now }.map(\.saga), rows.first { $0.wakeAt > now }?.wakeAt)
    }

    /// Notes that the time-outs of some sagas are begun. Saving a saga ends them.
    package static func begin(_ saga: String, _ ids: [String], in connection: any DatabaseConnection) throws {
        try connection.execute(
            "UPDATE tidings_sagas SET begun = begun + 1 WHERE saga = \(saga) AND id IN (\(list: ids))")
    }

    /// Notes that the time-outs of some sagas were begun for nothing: the process lives.
    package static func unbegin(_ saga: String, _ ids: [String], in connection: any DatabaseConnection) throws {
        try connection.execute(
            "UPDATE tidings_sagas SET begun = begun - 1 WHERE saga = \(saga) AND begun > 0 AND id IN (\(list: ids))")
    }

    /// Leaves the time-outs of a saga to a person. Events go on.
    package static func giveUp(_ saga: String, _ id: String, in connection: any DatabaseConnection) throws {
        try connection.execute("UPDATE tidings_sagas SET wake_at = NULL WHERE saga = \(saga) AND id = \(id)")
    }

    /// When the next saga of any kind is due.
    package static func nextDue(in connection: any DatabaseConnection) throws -> Timestamp? {
        try connection.query("SELECT MIN(wake_at) AS next FROM tidings_sagas WHERE wake_at IS NOT NULL")[0].value(
            "next")
    }

    /// Sets when a saga is looked at next.
    package static func postpone(
        _ saga: String, _ id: String, until moment: Timestamp, in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            "UPDATE tidings_sagas SET wake_at = \(moment), begun = 0 WHERE saga = \(saga) AND id = \(id)")
    }
}

extension SagaInstances.Row {
    fileprivate init(_ row: SQLRow) throws {
        self.init(
            status: try row.value("status"), stage: try row.value("stage"),
            stateVersion: try row.value("state_version"),
            state: try row.value("state", as: String?.self).map { EventBytes($0) },
            journal: try SagaJournal(binary: row.bytes("journal")), wakeAt: try row.value("wake_at"),
            startedAt: try row.value("started_at"),
            updatedAt: try row.value("updated_at"))
        begun = try row.value("begun")
    }
}
