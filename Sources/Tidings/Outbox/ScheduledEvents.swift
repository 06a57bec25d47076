/// Events that are to be published at a later moment: the table `tidings_scheduled`. When they are due, they go to the
/// ``Outbox``.
package enum ScheduledEvents {
    package static let table: SQLStatement = "tidings_scheduled"

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE \(table) (
                place \(engine.serialPrimaryKey), due_at BIGINT NOT NULL, event_id TEXT NOT NULL,
                event_type TEXT NOT NULL, envelope \(engine.blobType) NOT NULL)
            """,
            "CREATE INDEX tidings_scheduled_due ON \(table) (due_at, place)",
        ]
    }

    /// Adds events, each with the moment at which it is to be published.
    package static func insert(
        _ events: [(event: Envelope, due: Timestamp)], in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            "INSERT INTO tidings_scheduled (due_at, event_id, event_type, envelope) VALUES (?, ?, ?, ?)",
            forEach: events.map { event, due in
                [due.sqlValue, event.id.sqlValue, event.type.sqlValue, .blob(event.binary())]
            })
    }

    /// The places of the first events that are due.
    package static func due(_ limit: Int, at now: Timestamp, in connection: any DatabaseConnection) throws -> [Int64] {
        try connection.query(
            "SELECT place FROM \(table) WHERE due_at <= \(now) ORDER BY due_at, place LIMIT \(limit)"
        ).map { try $0.value("place") }
    }

    /// Removes events that have gone to the outbox.
    package static func remove(_ places: [Int64], in connection: any DatabaseConnection) throws {
        try connection.execute(
            "DELETE FROM tidings_scheduled WHERE place = ?", forEach: places.map { [.integer($0)] })
    }

    /// When the next event is due.
    package static func nextDue(in connection: any DatabaseConnection) throws -> Timestamp? {
        try connection.query("SELECT MIN(due_at) AS due FROM \(table)")[0].value("due")
    }
}
