extension ParkedEvents {
    /// Makes dead letters of parked events, whoever has claimed them.
    static func giveUp(
        _ ids: [Int64], because reason: String, at now: Timestamp, in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            """
            UPDATE \(table) SET state = \(State.dead), claim = NULL, due_at = \(now),
                error = CASE WHEN error IS NULL THEN \(reason) ELSE \(reason + ": ") || error END,
                first_failed_at = COALESCE(first_failed_at, \(now)), last_failed_at = \(now)
            WHERE state IN (\(list: State.waiting)) AND id IN (\(list: ids))
            """)
    }

    /// Hands dead letters to another consumer, where they are as new. What that one has parked already goes. Their old
    /// consumers forget that they have seen them, so that they can be handed back; outcomes of effects go along.
    static func move(_ ids: [Int64], to consumer: String, in connection: any DatabaseConnection) throws {
        let rows = try connection.query(
            """
            SELECT id, consumer, event_id, source, inbox_id FROM \(table)
            WHERE state = \(State.dead) AND consumer <> \(consumer) AND id IN (\(list: ids)) ORDER BY id
            """)
        for row in rows {
            let (id, old) = (try row.value("id", as: Int64.self), try row.value("consumer", as: String.self))
            let source = try row.value("source", as: String.self)
            if let seen = try row.value("inbox_id", as: EventID?.self) {
                try Inbox(consumer: old).forget(seen, from: source, in: connection)
                try EffectOutcomes(consumer: old).move(seen, from: source, to: consumer, in: connection)
            }
            let isThere = try !connection.query(
                """
                SELECT 1 AS one FROM \(table) WHERE consumer = \(consumer) AND source = \(source)
                    AND event_id = \(try row.value("event_id", as: EventID.self))
                """
            ).isEmpty
            try connection.execute(
                isThere
                    ? "DELETE FROM \(table) WHERE id = \(id)"
                    : "UPDATE \(table) SET consumer = \(consumer), inbox_id = NULL, unavailable_since = NULL WHERE id = \(id)"
            )
        }
    }

    /// Removes what cannot be read.
    /// - Returns: how many there were.
    static func discardUnreadable(
        _ type: EventType, of consumer: String, in connection: any DatabaseConnection
    ) throws -> Int {
        try connection.execute(
            """
            DELETE FROM \(table)
            WHERE consumer = \(consumer) AND event_type = \(type) AND state = \(State.unreadable)
            """)
    }
}
