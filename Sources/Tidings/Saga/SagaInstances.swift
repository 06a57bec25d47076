/// The sagas of one kind that a subscriber runs: the tables `tidings_sagas`, a row each, and `tidings_saga_history`, a row
/// for each thing that happened.
///
/// A saga belongs to its subscriber: another one of the same database that handles the same kind has its own rows. The
/// history is a table of its own so that an event costs a saga the same after a hundred others.
package struct SagaInstances: Sendable {
    /// The consumer group of the subscriber.
    package let consumer: String
    /// The name of the kind of saga.
    package let saga: String

    package init(of consumer: String, _ saga: String) {
        self.consumer = consumer
        self.saga = saga
    }

    /// How often a time-out is begun and not ended before it is given up.
    package static let conviction = 10

    /// How many lines of history are kept of a saga.
    package static let historyLimit = 100

    static let columns: SQLStatement =
        "place, status, stage, state_version, state, journal, wake_at, started_at, updated_at, begun, stuck_since"

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE tidings_sagas (
                place \(engine.serialPrimaryKey), consumer TEXT NOT NULL, saga TEXT NOT NULL, id TEXT NOT NULL,
                status TEXT NOT NULL, stage TEXT, state_version BIGINT NOT NULL, state TEXT,
                journal \(engine.blobType) NOT NULL, wake_at BIGINT, started_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL, begun BIGINT NOT NULL DEFAULT 0, over_at BIGINT, early_at BIGINT, stuck_since BIGINT,
                UNIQUE (consumer, saga, id))
            """,
            "CREATE INDEX tidings_sagas_id ON tidings_sagas (id)",
            "CREATE INDEX tidings_sagas_wake ON tidings_sagas (consumer, saga, wake_at) WHERE wake_at IS NOT NULL",
            "CREATE INDEX tidings_sagas_over ON tidings_sagas (over_at) WHERE over_at IS NOT NULL",
            "CREATE INDEX tidings_sagas_early ON tidings_sagas (early_at) WHERE early_at IS NOT NULL",
            "CREATE INDEX tidings_sagas_stuck ON tidings_sagas (stuck_since) WHERE stuck_since IS NOT NULL",
            """
            CREATE TABLE tidings_saga_history (
                saga BIGINT NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, what TEXT NOT NULL, event_id TEXT,
                stage_before TEXT, stage_after TEXT, PRIMARY KEY (saga, number)) \(engine.keyedTable)
            """,
        ]
    }

    package func find(_ id: String, in connection: any DatabaseConnection) throws -> Row? {
        try connection.query(
            """
            SELECT \(Self.columns) FROM tidings_sagas
            WHERE consumer = \(consumer) AND saga = \(saga) AND id = \(id)
            """
        ).first.map(Row.init)
    }

    /// Writes a saga and the new lines of its history.
    /// - Parameter old: the saga's row as it was found; `nil` if there is none.
    package func save(
        _ row: Row, of id: String, over old: Row?, history: [SagaHistoryEntry], in connection: any DatabaseConnection
    ) throws {
        let place: Int64
        if let known = old?.place {
            place = known
            try Self.update(row, at: place, over: old, in: connection)
        } else {
            place = try insert(row, as: id, in: connection)
        }
        let first = row.journal.historyCount - history.count
        try connection.execute(
            """
            INSERT INTO tidings_saga_history (saga, number, at, what, event_id, stage_before, stage_after)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            forEach: history.enumerated().map { index, entry in
                [
                    place.sqlValue, (first + index).sqlValue, entry.at.sqlValue, entry.what.sqlValue,
                    entry.eventID.sqlValue, entry.from.sqlValue, entry.to.sqlValue,
                ]
            })
        // Cut back now and then rather than each time.
        if first / Self.historyLimit != row.journal.historyCount / Self.historyLimit {
            let end = row.journal.historyCount - Self.historyLimit
            try connection.execute("DELETE FROM tidings_saga_history WHERE saga = \(place) AND number < \(end)")
        }
    }

    static func update(
        _ row: Row, at place: Int64, over old: Row?, in connection: any DatabaseConnection
    ) throws {
        // An index is written anew for each column that is named, changed or not.
        let wakeAt: SQLStatement = row.wakeAt == old?.wakeAt ? "" : ", wake_at = \(row.wakeAt)"
        let overAt: SQLStatement = row.overAt == old?.overAt ? "" : ", over_at = \(row.overAt)"
        let earlyAt: SQLStatement = row.earlyAt == old?.earlyAt ? "" : ", early_at = \(row.earlyAt)"
        let stuckSince: SQLStatement = row.stuckSince == old?.stuckSince ? "" : ", stuck_since = \(row.stuckSince)"
        let count = try connection.execute(
            """
            UPDATE tidings_sagas SET status = \(row.status), stage = \(row.stage),
                state_version = \(row.stateVersion), state = \(row.state?.text),
                journal = \(SQLValue.blob(row.journal.binary())), started_at = \(row.startedAt),
                updated_at = \(row.updatedAt), begun = \(row.begun)\(wakeAt)\(overAt)\(earlyAt)\(stuckSince)
            WHERE place = \(place)
            """)
        // Its time to be removed had come just then; another attempt finds none.
        guard count == 1 else { throw TidingsError(.unavailable, "the saga was removed meanwhile") }
    }

    private func insert(_ row: Row, as id: String, in connection: any DatabaseConnection) throws -> Int64 {
        try connection.query(
            """
            INSERT INTO tidings_sagas
                (consumer, saga, id, status, stage, state_version, state, journal, wake_at, started_at, updated_at,
                 over_at, early_at)
            VALUES (\(consumer), \(saga), \(id), \(row.status), \(row.stage), \(row.stateVersion), \(row.state?.text),
                \(SQLValue.blob(row.journal.binary())), \(row.wakeAt), \(row.startedAt), \(row.updatedAt),
                \(row.overAt), \(row.earlyAt))
            RETURNING place
            """)[0].value("place")
    }
}
