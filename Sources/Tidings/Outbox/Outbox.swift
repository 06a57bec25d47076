/// The events of a database on their way to the bus, in the order of their commits: the table `tidings_outbox`.
package enum Outbox {
    /// An event that waits, and its place in the outbox.
    package struct Row: Sendable {
        package let place: Int64
        package let event: Envelope
    }

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE tidings_outbox (
                place \(engine.serialPrimaryKey), event_id TEXT NOT NULL, event_type TEXT NOT NULL,
                written_at BIGINT NOT NULL, envelope \(engine.blobType) NOT NULL)
            """
        ]
    }

    /// Adds events, in this order.
    package static func insert(_ events: [Envelope], at now: Timestamp, in connection: any DatabaseConnection) throws {
        try connection.execute(
            "INSERT INTO tidings_outbox (event_id, event_type, written_at, envelope) VALUES (?, ?, ?, ?)",
            forEach: events.map { [$0.id.sqlValue, $0.type.sqlValue, now.sqlValue, .blob($0.binary())] })
    }

    /// Adds the scheduled events that are due, in the order in which they are.
    /// - Returns: how many there were; `limit` means that there may be more.
    package static func insertDue(
        _ limit: Int, at now: Timestamp, in connection: any DatabaseConnection
    ) throws -> Int {
        let due = try ScheduledEvents.due(limit, at: now, in: connection)
        guard !due.isEmpty else { return 0 }
        try connection.execute(
            """
            INSERT INTO tidings_outbox (event_id, event_type, written_at, envelope)
            SELECT event_id, event_type, \(now), envelope FROM \(ScheduledEvents.table)
            WHERE place IN (\(list: due)) ORDER BY due_at, place
            """)
        try ScheduledEvents.remove(due, in: connection)
        return due.count
    }

    /// The first events: as many as go together, and at least one if there is any.
    /// - Returns: the events in their order, and whether these are all that wait.
    package static func next(
        atMost count: Int, bytes limit: Int, in connection: any DatabaseConnection
    ) throws -> (rows: [Row], areAll: Bool) {
        let sizes = try connection.query(
            "SELECT place, length(envelope) AS size FROM tidings_outbox ORDER BY place LIMIT \(count)")
        let places = try places(of: sizes, fitting: limit)
        guard let first = places.first, let last = places.last else { return ([], true) }
        let rows = try connection.query(
            """
            SELECT place, envelope FROM tidings_outbox WHERE place BETWEEN \(first) AND \(last)
            ORDER BY place LIMIT \(places.count)
            """
        ).map { Row(place: try $0.value("place"), event: try $0.envelope("envelope")) }
        return (rows, places.count == sizes.count && places.count < count)
    }

    private static func places(of rows: [SQLRow], fitting limit: Int) throws -> [Int64] {
        var bytes = 0
        var places: [Int64] = []
        for row in rows {
            bytes += try row.value("size", as: Int.self)
            if bytes > limit, !places.isEmpty { break }
            places.append(try row.value("place"))
        }
        return places
    }

    /// Removes events that are durable on the bus.
    ///
    /// These alone, never "up to": a transaction that commits late may have a lower place than these.
    package static func remove(_ rows: [Row], in connection: any DatabaseConnection) throws {
        guard let first = rows.first?.place, let last = rows.last?.place else { return }
        if last - first + 1 == rows.count {
            // No other row can have a place between these.
            try connection.execute("DELETE FROM tidings_outbox WHERE place BETWEEN \(first) AND \(last)")
        } else {
            try connection.execute(
                "DELETE FROM tidings_outbox WHERE place = ?", forEach: rows.map { [.integer($0.place)] })
        }
    }

    /// Counts the events that wait. Walks them all.
    package static func depth(in connection: any DatabaseConnection) throws -> OutboxDepth {
        let row = try connection.query("SELECT count(*) AS n, MIN(written_at) AS oldest FROM tidings_outbox")[0]
        return OutboxDepth(count: try row.value("n"), oldest: try row.value("oldest"))
    }
}

/// How much waits in the outbox of a database.
public struct OutboxDepth: Sendable, Hashable {
    /// How many events wait to be published.
    public let count: Int
    /// When the oldest of them was committed, or fell due; `nil` if none waits.
    public let oldest: Timestamp?
}
