package import TidingsRouting

/// What a consumer has seen, so that an event that comes twice is handled once: the table `tidings_inbox`.
///
/// An older form of an event is entered under the id of the original: a consumer that gets both handles the one that
/// comes first, whichever versions its members know.
package struct Inbox: Sendable {
    /// The consumer group.
    package let consumer: String

    package init(consumer: String) {
        self.consumer = consumer
    }

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            // Numbered in the order of arrival, in which it is pruned.
            """
            CREATE TABLE tidings_inbox (
                place \(engine.serialPrimaryKey), consumer TEXT NOT NULL, source TEXT NOT NULL,
                event_id TEXT NOT NULL, at BIGINT NOT NULL, UNIQUE (consumer, event_id, source))
            """
        ]
    }

    /// Enters events.
    /// - Returns: for each event, whether it is new.
    package func claim(_ events: [Envelope], at now: Timestamp, in connection: any DatabaseConnection) throws -> [Bool]
    {
        let (consumer, now) = (consumer.sqlValue, now.sqlValue)
        return try connection.execute(
            "INSERT INTO tidings_inbox (consumer, source, event_id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            forEach: events.map { [consumer, $0.source.sqlValue, $0.originalID.sqlValue, now] }
        ).map { $0 == 1 }
    }

    /// Takes out an event, which is handed to another consumer.
    package func forget(_ id: EventID, from source: String, in connection: any DatabaseConnection) throws {
        try connection.execute(
            "DELETE FROM tidings_inbox WHERE consumer = \(consumer) AND event_id = \(id) AND source = \(source)")
    }

    /// Those of some events that were entered before.
    package func claimed(
        among events: [Envelope], in connection: any DatabaseConnection
    ) throws -> Set<EventKey> {
        guard !events.isEmpty else { return [] }
        let ids = events.map(\.originalID)
        let rows = try connection.query(
            "SELECT event_id, source FROM tidings_inbox WHERE consumer = \(consumer) AND event_id IN (\(list: ids))")
        return Set(try rows.map(EventKey.init))
    }

    /// The place of what was entered last, of all consumers; 0 if there is nothing.
    package static func lastPlace(in connection: any DatabaseConnection) throws -> Int64 {
        try connection.query("SELECT COALESCE(MAX(place), 0) AS last FROM tidings_inbox")[0].value("last")
    }

    /// Removes what was entered up to a place, the oldest first, of all consumers.
    /// - Returns: how many rows went; `limit` means that there may be more.
    package static func prune(to place: Int64, limit: Int, in connection: any DatabaseConnection) throws -> Int {
        try connection.execute(
            """
            DELETE FROM tidings_inbox WHERE place IN (
                SELECT place FROM tidings_inbox WHERE place <= \(place) ORDER BY place LIMIT \(limit))
            """)
    }
}

/// What makes an event unique: the same for all its forms.
package struct EventKey: Hashable, Sendable {
    package let id: EventID
    package let source: ByteText

    package init(_ event: Envelope) {
        (id, source) = (event.originalID, ByteText(event.source))
    }

    /// Reads a row with the columns `event_id` and `source`.
    package init(_ row: SQLRow) throws {
        (id, source) = (try row.value("event_id"), try row.value("source"))
    }
}
