import TidingsRouting

extension ParkedEvents {
    /// Parked events of one type that wait for nobody.
    package struct Overdue: Sendable {
        package let consumer: String
        package let type: EventType
        /// How many; ``StuckLimits/counted`` stands for more, too.
        package var count: Int
        /// When the first of them was due.
        package let since: Timestamp

        fileprivate func joined(_ other: Overdue) -> Overdue {
            Overdue(consumer: consumer, type: type, count: count + other.count, since: min(since, other.since))
        }
    }

    /// An event that holds up others of its ordering key.
    package struct Blocker: Sendable {
        package let id: Int64
        package let key: String
        package let state: State
        package let type: EventType
        package let eventID: EventID
        package let error: String
        package let since: Timestamp
        /// How many events wait behind it; ``StuckLimits/counted`` stands for more, too.
        package var count = 0
    }

    /// Those that this member could try and that were due before a moment: of each ordering key the first.
    package func overdue(dueBefore moment: Timestamp, in connection: any DatabaseConnection) throws -> [Overdue] {
        try connection.query(
            """
            \(lines(first: State.waiting)), candidates (id) AS (
                SELECT id FROM firsts UNION ALL \(alone(dueBefore: moment)))
            SELECT event_type, count(*) AS n, MIN(due_at) AS since
            FROM candidates JOIN \(Self.table) AS head ON head.id = candidates.id
            WHERE due_at < \(moment) AND event_type IN (\(list: types)) AND NOT EXISTS (\(earlier))
            GROUP BY event_type ORDER BY since LIMIT \(StuckLimits.count)
            """
        ).map { row in
            Overdue(
                consumer: consumer, type: try row.value("event_type"), count: try row.value("n"),
                since: try row.value("since"))
        }
    }

    /// What holds up others of its key: dead letters, and what has failed since before a moment.
    package func blockers(failingSince moment: Timestamp, in connection: any DatabaseConnection) throws -> [Blocker] {
        var blockers = try connection.query(
            """
            \(lines(first: blockingStates))
            SELECT head.id, ordering_key, state, event_type, event_id, COALESCE(error, '') AS error,
                COALESCE(first_failed_at, due_at) AS since
            FROM firsts JOIN \(Self.table) AS head ON head.id = firsts.id
            WHERE (state = \(State.dead) OR first_failed_at < \(moment))
                AND NOT EXISTS (\(earlier)) AND EXISTS (
                    SELECT 1 FROM \(Self.table) AS later WHERE later.consumer = head.consumer
                        AND later.ordering_key = head.ordering_key AND later.id > head.id
                        AND later.state IN (\(list: State.waiting)))
            ORDER BY since LIMIT \(StuckLimits.count)
            """
        ).map { row in
            Blocker(
                id: try row.value("id"), key: try row.value("ordering_key"), state: try row.value("state"),
                type: try row.value("event_type"), eventID: try row.value("event_id"), error: try row.value("error"),
                since: try row.value("since"))
        }
        for index in blockers.indices {
            let (id, key) = (blockers[index].id, blockers[index].key)
            blockers[index].count = try Self.count(
                "consumer = \(consumer) AND ordering_key = \(key) AND id > \(id) AND state IN (\(list: State.waiting))",
                in: connection)
        }
        return blockers
    }

    /// The events that `head` waits for.
    private var earlier: SQLStatement {
        """
        SELECT 1 FROM \(Self.table) AS earlier WHERE earlier.consumer = head.consumer
            AND earlier.ordering_key = head.ordering_key AND earlier.id < head.id
            AND earlier.state IN (\(list: blockingStates))
        """
    }

    /// Those that were due before a moment and that no member has a handler for.
    /// - Parameter members: those that run in this process.
    package static func orphans(
        beside members: [ParkedEvents], dueBefore moment: Timestamp, in connection: any DatabaseConnection
    ) throws -> [Overdue] {
        var found: [Overdue] = []
        for state in State.waiting {
            found = try groups(state, beside: found, dueBefore: moment, in: connection) { consumer, type in
                !members.contains { ByteText($0.consumer) == ByteText(consumer) && $0.types.contains(type) }
            }
        }
        return found
    }

    /// Those that cannot be read.
    package static func unreadable(in connection: any DatabaseConnection) throws -> [Overdue] {
        try groups(.unreadable, dueBefore: Timestamp(microseconds: .max), in: connection) { _, _ in true }
    }

    /// The events in a state that were due before a moment, by consumer and type, if these are wanted; the oldest first.
    /// - Parameter others: those in other states, which count too.
    private static func groups(
        _ state: State, beside others: [Overdue] = [], dueBefore moment: Timestamp,
        in connection: any DatabaseConnection,
        where isWanted: (String, EventType) -> Bool
    ) throws -> [Overdue] {
        var groups = others
        var last: Overdue?
        for _ in 0..<StuckLimits.walked {
            guard var found = try first(state, after: last, in: connection) else { break }
            last = found
            guard found.since < moment, isWanted(found.consumer, found.type) else { continue }
            let (consumer, type) = (found.consumer, found.type)
            found.count = try count(
                "state = \(state) AND consumer = \(consumer) AND event_type = \(type) AND due_at < \(moment)",
                in: connection)
            let same = others.firstIndex { $0.type == type && ByteText($0.consumer) == ByteText(consumer) }
            if let same { groups[same] = found.joined(others[same]) } else { groups.append(found) }
        }
        return Array(groups.sorted { $0.since < $1.since }.prefix(StuckLimits.count))
    }

    /// The next consumer and type of which events are in a state, and when the first of them is due; they are not counted.
    private static func first(
        _ state: State, after last: Overdue?, in connection: any DatabaseConnection
    ) throws -> Overdue? {
        // Each is found by an index. A comparison of both at once would walk all events of the last type.
        let places: [SQLStatement] =
            last.map {
                ["AND consumer = \($0.consumer) AND event_type > \($0.type)", "AND consumer > \($0.consumer)"]
            } ?? [""]
        for place in places {
            let row = try connection.query(
                """
                SELECT consumer, event_type, due_at FROM \(table) WHERE state = \(state) \(place)
                ORDER BY consumer, event_type, due_at LIMIT 1
                """
            ).first
            if let row {
                return Overdue(
                    consumer: try row.value("consumer"), type: try row.value("event_type"), count: 0,
                    since: try row.value("due_at"))
            }
        }
        return nil
    }

    /// Counts rows, no further than ``StuckLimits/counted``.
    private static func count(_ condition: SQLStatement, in connection: any DatabaseConnection) throws -> Int {
        try connection.query(
            """
            SELECT count(*) AS n FROM (
                SELECT 1 FROM \(table) WHERE \(condition) LIMIT \(StuckLimits.counted)) AS some
            """)[0].value("n")
    }
}
