/// A parked event whose next attempt is this member's to make.
struct Claimed: Sendable {
    let id: Int64
    /// How many attempts were made, the next one included.
    let attempts: Int
    let event: Envelope

    var origin: Work.Origin { .parked(id: id, attempts: attempts) }
}

extension Subscriber {
    /// Takes what is due of the parked events, a batch of it: those that have no earlier one of their key before them, and
    /// in order what waits behind these, as far as it is due too.
    ///
    /// For the first of each key the attempt is counted at once, as it may kill this process. What is behind it may never
    /// be reached, and is counted when it was tried.
    /// - Parameter lease: how long no other member of the group takes them.
    /// - Returns: what was taken, in order; where nothing was, when the next is due.
    func claimDue(for lease: Duration) async throws -> (works: [Claimed], nextDue: Timestamp?) {
        let now = database.environment.now()
        let due = try await database.engine.read { [self] connection in
            try connection.query("SELECT MIN(due_at) AS due FROM \(heads)").first?
                .value("due", as: Timestamp?.self) ?? nil
        }
        guard let due, due <= now else { return ([], due) }
        let works = try await database.engine.write { [self] connection in
            let heads = try connection.query(
                "SELECT id, ordering_key FROM \(heads) AND due_at <= \(now) ORDER BY due_at LIMIT \(options.batchSize)")
            let first = Set(try heads.map { try $0.value("id", as: Int64.self) })
            let followers = try followers(
                of: Set(try heads.compactMap { try $0.value("ordering_key", as: String?.self) }), after: first,
                atMost: options.batchSize - first.count, dueAt: now, connection)
            return try claim(first, until: now + lease, counting: 1, connection)
                + claim(followers, until: now + lease, counting: 0, connection)
        }
        return (works.sorted { $0.id < $1.id }, nil)
    }

    /// What stands in the way of later events of its key.
    private var blockers: [ParkedState] { options.afterDeadLetter == .park ? [.parked, .dead] : [.parked] }

    /// The parked events that have no earlier one of their key before them.
    private var heads: SQL {
        """
        tidings_parked AS candidate WHERE consumer = \(name) AND state = 'parked' AND NOT EXISTS (
            SELECT 1 FROM tidings_parked AS earlier
            WHERE earlier.consumer = candidate.consumer AND earlier.ordering_key = candidate.ordering_key
                AND earlier.id < candidate.id AND earlier.state IN (\(list: blockers)))
        """
    }

    /// Those that come next behind the first ones of some keys, each line up to its first that is not due.
    private func followers(
        of keys: Set<String>, after first: Set<Int64>, atMost limit: Int, dueAt now: Timestamp,
        _ connection: any DatabaseConnection
    ) throws -> Set<Int64> {
        guard !keys.isEmpty, limit > 0 else { return [] }
        let rows = try connection.query(
            """
            SELECT id, ordering_key, state, due_at FROM tidings_parked
            WHERE consumer = \(name) AND ordering_key IN (\(list: Array(keys))) AND state IN (\(list: blockers))
            ORDER BY id LIMIT \(limit + first.count)
            """)
        var ended: Set<String> = []
        var followers: Set<Int64> = []
        for row in rows {
            let id: Int64 = try row.value("id")
            let key: String = try row.value("ordering_key")
            if first.contains(id) || ended.contains(key) { continue }
            let isDue = try row.value("state") == ParkedState.parked && row.value("due_at") <= now
            if isDue { followers.insert(id) } else { ended.insert(key) }
        }
        return followers
    }

    private func claim(
        _ ids: Set<Int64>, until end: Timestamp, counting attempts: Int, _ connection: any DatabaseConnection
    ) throws -> [Claimed] {
        guard !ids.isEmpty else { return [] }
        return try connection.query(
            """
            UPDATE tidings_parked SET attempts = attempts + \(attempts), due_at = \(end) WHERE id IN (\(list: Array(ids)))
            RETURNING id, attempts, envelope
            """
        ).map { row in
            Claimed(
                id: try row.value("id"), attempts: try row.value("attempts") + 1 - attempts,
                event: try row.envelope("envelope"))
        }
    }
}
