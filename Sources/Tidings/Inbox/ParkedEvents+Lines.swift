extension ParkedEvents {
    /// The beginning of a statement: its table `firsts` has the `id` of the first event in each of some states, of every
    /// ordering key for which events wait.
    ///
    /// Goes from key to key, so that it takes as long as there are keys, however many events wait behind each other; and no
    /// further than ``StuckLimits/walked`` keys.
    func lines(first states: [State]) -> SQLStatement {
        """
        WITH RECURSIVE parked_keys (name, place) AS (\(keys(of: .parked, in: "parked_keys"))),
            redriven_keys (name, place) AS (\(keys(of: .redriven, in: "redriven_keys"))),
            keys (name) AS (SELECT name FROM parked_keys UNION SELECT name FROM redriven_keys),
            firsts (id) AS (\(union(of: states, first)))
        """
    }

    /// Those of no ordering key that are due before a moment, the first of them: a table with their `id`.
    func alone(dueBefore moment: Timestamp) -> SQLStatement {
        union(of: State.waiting) { state in
            """
            SELECT id FROM (
                SELECT id FROM \(Self.table) WHERE consumer = \(consumer) AND state = \(state) AND ordering_key IS NULL
                    AND due_at < \(moment) ORDER BY due_at LIMIT \(StuckLimits.walked)) AS waiting
            """
        }
    }

    private func keys(of state: State, in table: SQLStatement) -> SQLStatement {
        let next: SQLStatement =
            "SELECT MIN(ordering_key) FROM \(Self.table) WHERE consumer = \(consumer) AND state = \(state)"
        return """
            SELECT (\(next) AND ordering_key IS NOT NULL), 1
            UNION ALL
            SELECT (\(next) AND ordering_key > \(table).name), place + 1 FROM \(table)
            WHERE name IS NOT NULL AND place < \(StuckLimits.walked)
            """
    }

    private func first(_ state: State) -> SQLStatement {
        """
        SELECT (SELECT MIN(id) FROM \(Self.table)
            WHERE consumer = \(consumer) AND state = \(state) AND ordering_key = keys.name) FROM keys
        """
    }

    private func union(of states: [State], _ part: (State) -> SQLStatement) -> SQLStatement {
        states.dropFirst().reduce(part(states[0])) { "\($0) UNION ALL \(part($1))" }
    }
}
