import TidingsRouting

extension ParkedEvents {
    /// A parked event whose next attempt is this member's to make.
    package struct Claim: Sendable {
        package let id: Int64
        /// How many attempts were made, the next one included.
        package let attempts: Int
        /// What the claim is known by; another member that takes the event over claims it by another name.
        package let token: String
        /// Since when what its handler needs is not available, if that is why the last attempt failed.
        package let unavailableSince: Timestamp?
        /// Whether the inbox knows it.
        package let isInInbox: Bool
        /// How often in a row it was begun before and not ended: the process has died.
        package let begun: Int
    }

    /// When the next event is due that has no earlier one of its key before it.
    package func nextDue(in connection: any DatabaseConnection) throws -> Timestamp? {
        try connection.query("SELECT MIN(due_at) AS due FROM \(heads)")[0].value("due")
    }

    /// Whether an event is due that has to be tried alone.
    package func hasSuspect(dueAt now: Timestamp, in connection: any DatabaseConnection) throws -> Bool {
        try !connection.query("SELECT 1 AS one FROM \(heads) AND begun >= \(suspicion) AND due_at <= \(now) LIMIT 1")
            .isEmpty
    }

    /// Claims the first event that is due and has to be tried alone.
    package func claimSuspect(
        dueAt now: Timestamp, until lease: Timestamp, as token: String, in connection: any DatabaseConnection
    ) throws -> [(claim: Claim, event: Envelope)] {
        let rows = try connection.query(
            "SELECT id FROM \(heads) AND begun >= \(suspicion) AND due_at <= \(now) ORDER BY due_at, id LIMIT 1")
        return try claim(
            Set(rows.map { try $0.value("id") }), until: lease, as: token, counting: 1, in: connection)
    }

    /// Claims a batch of what is due: events that have no earlier one of their key before them and, in order, what waits
    /// behind these and is due too.
    ///
    /// For the first of each key the attempt is counted at once, because it may kill this process. What is behind it may
    /// never be reached, and is counted when it was tried. What seems to have killed its process is claimed alone
    /// (``claimSuspect(dueAt:until:as:in:)``).
    /// - Parameters:
    ///   - lease: the moment until which no other member of the group claims them, unless they are extended.
    ///   - token: what the claims are known by, unique.
    /// - Returns: the events in their order.
    package func claim(
        atMost limit: Int, dueAt now: Timestamp, until lease: Timestamp, as token: String,
        in connection: any DatabaseConnection
    ) throws -> [(claim: Claim, event: Envelope)] {
        let rows = try connection.query(
            """
            SELECT id, ordering_key FROM \(heads) AND due_at <= \(now) AND begun < \(suspicion)
            ORDER BY due_at, id LIMIT \(limit)
            """)
        // Of a key whose redriven events block nothing, several may be there: one at a time.
        var keys: Set<ByteText> = []
        var first: Set<Int64> = []
        for row in rows {
            if let key = try row.value("ordering_key", as: ByteText?.self), !keys.insert(key).inserted { continue }
            first.insert(try row.value("id"))
        }
        let followers = try followers(
            of: keys, after: first,
            atMost: limit - first.count, dueAt: now, in: connection)
        let claimed =
            try claim(first, until: lease, as: token, counting: 1, in: connection)
            + claim(followers, until: lease, as: token, counting: 0, in: connection)
        return claimed.sorted { $0.claim.id < $1.claim.id }
    }

    /// Those of some claims that no other member has taken over.
    package func held(_ claims: [Claim], in connection: any DatabaseConnection) throws -> Set<Int64> {
        guard let token = claims.first?.token else { return [] }
        let rows = try connection.query(
            "SELECT id FROM \(Self.table) WHERE claim = \(token) AND id IN (\(list: claims.map(\.id)))")
        return Set(try rows.map { try $0.value("id") })
    }

    /// Holds claims for longer, as far as they are not settled.
    /// - Returns: whether no other member has taken one of them over.
    package func extend(
        _ claims: [Claim], until lease: Timestamp, in connection: any DatabaseConnection
    ) throws -> Bool {
        guard let token = claims.first?.token else { return true }
        let ids = claims.map(\.id)
        try connection.execute(
            "UPDATE \(Self.table) SET due_at = \(lease) WHERE claim = \(token) AND id IN (\(list: ids))")
        return try connection.query(
            "SELECT 1 AS one FROM \(Self.table) WHERE claim <> \(token) AND id IN (\(list: ids)) LIMIT 1"
        ).isEmpty
    }

    /// Gives back claims whose attempts were not made: they are due at once, and nothing is counted. What another member
    /// has taken over stays its own.
    package func restore(_ claims: [Claim], at now: Timestamp, in connection: any DatabaseConnection) throws {
        for claim in claims {
            try connection.execute(
                """
                UPDATE \(Self.table) SET attempts = \(claim.attempts - 1), due_at = \(now), claim = NULL, begun = 0
                WHERE id = \(claim.id) AND claim = \(claim.token)
                """)
        }
    }

    /// The parked events that have no earlier one of their key before them.
    var heads: SQLStatement {
        """
        \(Self.table) AS candidate
        WHERE consumer = \(consumer) AND state IN (\(list: State.waiting)) AND event_type IN (\(list: types))
            AND NOT EXISTS (
            SELECT 1 FROM \(Self.table) AS earlier
            WHERE earlier.consumer = candidate.consumer AND earlier.ordering_key = candidate.ordering_key
                AND earlier.id < candidate.id AND earlier.state IN (\(list: blockingStates)))
        """
    }

    /// Those that come next behind the first ones of some keys, each line up to its first that is not due.
    private func followers(
        of keys: Set<ByteText>, after first: Set<Int64>, atMost limit: Int, dueAt now: Timestamp,
        in connection: any DatabaseConnection
    ) throws -> Set<Int64> {
        guard !keys.isEmpty, limit > 0 else { return [] }
        let rows = try connection.query(
            """
            SELECT id, ordering_key, event_type, state, due_at, begun FROM \(Self.table)
            WHERE consumer = \(consumer) AND ordering_key IN (\(list: Array(keys)))
                AND state IN (\(list: blockingStates))
            ORDER BY id LIMIT \(limit + first.count)
            """)
        var ended: Set<ByteText> = []
        var followers: Set<Int64> = []
        for row in rows {
            let id: Int64 = try row.value("id")
            let key: ByteText = try row.value("ordering_key")
            if first.contains(id) || ended.contains(key) { continue }
            let isDue =
                try State.waiting.contains(row.value("state")) && row.value("due_at") <= now
                && types.contains(row.value("event_type")) && row.value("begun") < suspicion
            if isDue { followers.insert(id) } else { ended.insert(key) }
        }
        return followers
    }

    private func claim(
        _ ids: Set<Int64>, until lease: Timestamp, as token: String, counting attempts: Int,
        in connection: any DatabaseConnection
    ) throws -> [(claim: Claim, event: Envelope)] {
        guard !ids.isEmpty else { return [] }
        let rows = try connection.query(
            """
            UPDATE \(Self.table)
            SET state = \(State.parked), attempts = attempts + \(attempts), due_at = \(lease), claim = \(token),
                begun = begun + 1
            WHERE id IN (\(list: Array(ids))) RETURNING id, attempts, unavailable_since, inbox_id, begun, envelope
            """)
        return try rows.compactMap { row in
            let event: Envelope
            do { event = try row.envelope("envelope") } catch {
                try setAside(try row.value("id"), because: error, in: connection)
                return nil
            }
            return (
                Claim(
                    id: try row.value("id"), attempts: try row.value("attempts") + 1 - attempts, token: token,
                    unavailableSince: try row.value("unavailable_since"),
                    isInInbox: try row.value("inbox_id", as: String?.self) != nil,
                    begun: try row.value("begun") - 1),
                event
            )
        }
    }

    /// Leaves a row that cannot be read for a person to see to: it holds up nothing.
    private func setAside(_ id: Int64, because error: any Error, in connection: any DatabaseConnection) throws {
        try connection.execute(
            """
            UPDATE \(Self.table) SET state = \(State.unreadable), error = \("\(error)"), claim = NULL WHERE id = \(id)
            """)
    }
}
