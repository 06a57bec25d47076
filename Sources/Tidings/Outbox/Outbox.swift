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
                written_at BIGINT NOT NULL, envelope \(engine.blobType) NOT NULL, error TEXT)
            """,
            "CREATE INDEX tidings_outbox_set_aside ON tidings_outbox (place) WHERE error IS NOT NULL",
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

    /// The first events of an outbox.
    package struct Batch: Sendable {
        /// As many as go together, and at least one if there is any, in their order.
        package var rows: [Row] = []
        /// The places of what cannot be read, and why.
        package var unreadable: [(place: Int64, reason: String)] = []
        /// Whether nothing else waits.
        package var isAll = true
    }

    /// The first events that were not set aside.
    package static func next(
        atMost count: Int, bytes limit: Int, in connection: any DatabaseConnection
    ) throws -> Batch {
        let sizes = try connection.query(
            """
            SELECT place, length(envelope) AS size FROM tidings_outbox WHERE error IS NULL
            ORDER BY place LIMIT \(count)
            """)
        let places = try places(of: sizes, fitting: limit)
        var batch = Batch()
        guard let first = places.first, let last = places.last else { return batch }
        batch.isAll = places.count == sizes.count && places.count < count
        let rows = try connection.query(
            """
            SELECT place, envelope FROM tidings_outbox
            WHERE place BETWEEN \(first) AND \(last) AND error IS NULL ORDER BY place LIMIT \(places.count)
            """)
        for row in rows {
            let place: Int64 = try row.value("place")
            do {
                batch.rows.append(Row(place: place, event: try row.envelope("envelope")))
            } catch {
                batch.unreadable.append((place, unreadable + "\(error)"))
            }
        }
        return batch
    }

    /// What the reason begins with for what cannot be read.
    private static let unreadable = "unreadable: "

    /// Lets events be read again that could not be.
    package static func restoreUnreadable(in connection: any DatabaseConnection) throws {
        try connection.execute("UPDATE tidings_outbox SET error = NULL WHERE error LIKE \(unreadable + "%")")
    }

    /// Leaves an event where it is, for a person to see to: the rest goes on without it.
    package static func setAside(_ place: Int64, because reason: String, in connection: any DatabaseConnection) throws {
        try connection.execute("UPDATE tidings_outbox SET error = \(reason) WHERE place = \(place)")
    }

    /// When the first event that waits was committed, or fell due.
    static func oldest(in connection: any DatabaseConnection) throws -> Timestamp? {
        try connection.query("SELECT written_at FROM tidings_outbox WHERE error IS NULL ORDER BY place LIMIT 1").first?
            .value("written_at")
    }

    /// The events that are set aside: how many, since when, and why the first of them.
    static func setAside(
        in connection: any DatabaseConnection
    ) throws -> (count: Int, since: Timestamp, reason: String)? {
        let rows = try connection.query(
            "SELECT written_at, error FROM tidings_outbox WHERE error IS NOT NULL ORDER BY place LIMIT 10000")
        guard let first = rows.first else { return nil }
        return (rows.count, try first.value("written_at"), try first.value("error"))
    }

    /// Lets events be published again that were set aside.
    /// - Returns: how many there were.
    static func restore(in connection: any DatabaseConnection) throws -> Int {
        try connection.execute("UPDATE tidings_outbox SET error = NULL WHERE error IS NOT NULL")
    }

    /// Removes the events that are set aside.
    /// - Returns: how many there were.
    static func discardSetAside(in connection: any DatabaseConnection) throws -> Int {
        try connection.execute("DELETE FROM tidings_outbox WHERE error IS NOT NULL")
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
        let row = try connection.query(
            """
            SELECT count(*) AS n, MIN(CASE WHEN error IS NULL THEN written_at END) AS oldest, count(error) AS aside
            FROM tidings_outbox
            """)[0]
        let setAside: Int = try row.value("aside")
        return OutboxDepth(
            count: try row.value("n") - setAside, oldest: try row.value("oldest"), setAsideCount: setAside)
    }
}

/// How much waits in the outbox of a database.
public struct OutboxDepth: Sendable, Hashable {
    /// How many events wait to be published.
    public let count: Int
    /// When the oldest of them was committed, or fell due; `nil` if none waits.
    public let oldest: Timestamp?
    /// How many events cannot be published, because they cannot be read or have killed their service; the column `error` of
    /// `tidings_outbox` says why. They hold up no others.
    public let setAsideCount: Int
}
