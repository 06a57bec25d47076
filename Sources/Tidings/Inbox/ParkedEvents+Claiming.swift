extension ParkedEvents {
    /// A parked event whose next attempt is this member's to make.
    package struct Claim: Sendable {
        package let id: Int64
        /// How many attempts were made, the next one included.
        package let attempts: Int
    }

    /// When the next event is due that has no earlier one of its key before it.
    package func nextDue(in connection: any DatabaseConnection) throws -> Timestamp? {
        try connection.query("SELECT MIN(due_at) AS due FROM \(heads)")[0].value("due")
    }

    /// Claims a batch of what is due: events that have no earlier one of their key before them and, in order, what waits
    /// behind these and is due too.
    ///
    /// For the first of each key the attempt is counted at once, because it may kill this process. What is behind it may
    /// never be reached, and is counted when it was tried.
    /// - Parameter lease: the moment until which no other member of the group claims them.
    /// - Returns: the events in their order.
    package func claim(
        atMost limit: Int, dueAt now: Timestamp, until lease: Timestamp, in connection: any DatabaseConnection
    ) throws -> [(claim: Claim, event: Envelope)] {
        let rows = try connection.query(
            "SELECT id, ordering_key FROM \(heads) AND due_at <= \(now) ORDER BY due_at, id LIMIT \(limit)")
        // Of a key whose redriven events block nothing, several may be there: one at a time.
        var keys: Set<String> = []
        var first: Set<Int64> = []
        for row in rows {
            if let key = try row.value("ordering_key", as: String?.self), !keys.insert(key).inserted { continue }
            first.insert(try row.value("id"))
        }
        let followers = try followers(
            of: keys, after: first,
            atMost: limit - first.count, dueAt: now, in: connection)
        let claimed =
            try claim(first, until: lease, counting: 1, in: connection)
            + claim(followers, until: lease, counting: 0, in: connection)
        return claimed.sorted { $0.claim.id < $1.claim.id }
    }

    /// Gives back claims whose attempts were not made: they are due at once, and nothing is counted.
    package func restore(_ claims: [Claim], at now: Timestamp, in connection: any DatabaseConnection) throws {
        for claim in claims {
            try connection.execute(
                "UPDATE \(Self.table) SET attempts = \(claim.attempts - 1), due_at = \(now) WHERE id = \(claim.id)")
        }
    }

    /// The parked events that have no earlier one of their key before them.
    private var heads: SQLStatement {
        """
        \(Self.table) AS candidate WHERE consumer = \(consumer) AND state IN (\(list: State.waiting)) AND NOT EXISTS (
            SELECT 1 FROM \(Self.table) AS earlier
            WHERE earlier.consumer = candidate.consumer AND earlier.ordering_key = candidate.ordering_key
                AND earlier.id < candidate.id AND earlier.state IN (\(list: blockingStates)))
        """
    }

    /// Those that come next behind the first ones of some keys, each line up to its first that is not due.
    private func followers(
        of keys: Set<String>, after first: Set<Int64>, atMost limit: Int, dueAt now: Timestamp,
        in connection: any DatabaseConnection
    ) throws -> Set<Int64> {
        guard !keys.isEmpty, limit > 0 else { return [] }
        let rows = try connection.query(
            """
            SELECT id, ordering_key, state, due_at FROM \(Self.table)
            WHERE consumer = \(consumer) AND ordering_key IN (\(list: Array(keys)))
                AND state IN (\(list: blockingStates))
            ORDER BY id LIMIT \(limit + first.count)
            """)
        var ended: Set<String> = []
        var followers: Set<Int64> = []
        for row in rows {
            let id: Int64 = try row.value("id")
            let key: String = try row.value("ordering_key")
            if first.contains(id) || ended.contains(key) { continue }
            let isDue = try State.waiting.contains(row.value("state")) && row.value("due_at") <= now
            if isDue { followers.insert(id) } else { ended.insert(key) }
        }
        return followers
    }

    private func claim(
        _ ids: Set<Int64>, until lease: Timestamp, counting attempts: Int, in connection: any DatabaseConnection
    ) throws -> [(claim: Claim, event: Envelope)] {
        guard !ids.isEmpty else { return [] }
        return try connection.query(
            """
            UPDATE \(Self.table) SET state = \(State.parked), attempts = attempts + \(attempts), due_at = \(lease)
            WHERE id IN (\(list: Array(ids))) RETURNING id, attempts, envelope
            """
        ).map { row in
            (
                Claim(id: try row.value("id"), attempts: try row.value("attempts") + 1 - attempts),
                try row.envelope("envelope")
            )
        }
    }
}
