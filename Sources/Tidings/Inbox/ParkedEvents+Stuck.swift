extension ParkedEvents {
    /// Parked events of one type that wait for nobody.
    struct Overdue {
        let consumer: String
        let type: EventType
        let count: Int
        /// When the first of them was due.
        let since: Timestamp
    }

    /// An event that holds up others of its ordering key.
    struct Blocker {
        let id: Int64
        let key: String
        let state: State
        let type: EventType
        let eventID: EventID
        let error: String
        let since: Timestamp
        /// How many events wait behind it.
        let count: Int
    }

    /// Those that this member could try and that were due before a moment.
    func overdue(dueBefore moment: Timestamp, in connection: any DatabaseConnection) throws -> [Overdue] {
        try connection.query(
            """
            SELECT consumer, event_type, count(*) AS n, MIN(due_at) AS since FROM \(heads) AND due_at < \(moment)
            GROUP BY consumer, event_type ORDER BY since LIMIT \(StuckLimits.count)
            """
        ).map(Overdue.init)
    }

    /// Those that were due before a moment and that no member has a handler for.
    /// - Parameter members: those that run in this process.
    static func orphans(
        beside members: [ParkedEvents], dueBefore moment: Timestamp, in connection: any DatabaseConnection
    ) throws -> [Overdue] {
        var others: SQLStatement = "1 = 1"
        for member in members {
            others = "\(others) AND NOT (consumer = \(member.consumer) AND event_type IN (\(list: member.types)))"
        }
        return try connection.query(
            """
            SELECT consumer, event_type, count(*) AS n, MIN(due_at) AS since FROM \(table)
            WHERE state IN (\(list: State.waiting)) AND due_at < \(moment) AND \(others)
            GROUP BY consumer, event_type ORDER BY since LIMIT \(StuckLimits.count)
            """
        ).map(Overdue.init)
    }

    /// Those that cannot be read.
    static func unreadable(in connection: any DatabaseConnection) throws -> [Overdue] {
        try connection.query(
            """
            SELECT consumer, event_type, count(*) AS n, MIN(due_at) AS since FROM \(table)
            WHERE state = \(State.unreadable) GROUP BY consumer, event_type ORDER BY since LIMIT \(StuckLimits.count)
            """
        ).map(Overdue.init)
    }

    /// What holds up others of its key: dead letters, and what has failed since before a moment.
    func blockers(failingSince moment: Timestamp, in connection: any DatabaseConnection) throws -> [Blocker] {
        func behind(_ what: SQLStatement) -> SQLStatement {
            """
            SELECT \(what) FROM \(Self.table) AS later WHERE later.consumer = head.consumer
                AND later.ordering_key = head.ordering_key AND later.id > head.id
                AND later.state IN (\(list: State.waiting))
            """
        }
        return try connection.query(
            """
            SELECT id, ordering_key, state, event_type, event_id, COALESCE(error, '') AS error,
                COALESCE(first_failed_at, due_at) AS since, (\(behind("count(*)"))) AS n
            FROM \(Self.table) AS head
            WHERE consumer = \(consumer) AND state IN (\(list: blockingStates)) AND ordering_key IS NOT NULL
                AND (state = \(State.dead) OR first_failed_at < \(moment)) AND EXISTS (\(behind("1")))
                AND NOT EXISTS (
                    SELECT 1 FROM \(Self.table) AS earlier WHERE earlier.consumer = head.consumer
                        AND earlier.ordering_key = head.ordering_key AND earlier.id < head.id
                        AND earlier.state IN (\(list: blockingStates)))
            ORDER BY since LIMIT \(StuckLimits.count)
            """
        ).map { row in
            Blocker(
                id: try row.value("id"), key: try row.value("ordering_key"), state: try row.value("state"),
                type: try row.value("event_type"), eventID: try row.value("event_id"), error: try row.value("error"),
                since: try row.value("since"), count: try row.value("n"))
        }
    }

    // MARK: What a person does about them

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

extension ParkedEvents.Overdue {
    fileprivate init(_ row: SQLRow) throws {
        self.init(
            consumer: try row.value("consumer"), type: try row.value("event_type"), count: try row.value("n"),
            since: try row.value("since"))
    }
}
