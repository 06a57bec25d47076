/// What effects returned, so that redelivery does not repeat them: the table `tidings_effects`.
package struct EffectOutcomes: Sendable {
    /// The consumer group.
    package let consumer: String

    package init(consumer: String) {
        self.consumer = consumer
    }

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE tidings_effects (
                consumer TEXT NOT NULL, event_id TEXT NOT NULL, source TEXT NOT NULL,
                outcome TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (consumer, event_id, source))
            """,
            "CREATE INDEX tidings_effects_age ON tidings_effects (at)",
        ]
    }

    /// The outcomes of the effects of some events, as far as they are recorded.
    package func find(_ events: [Envelope], in connection: any DatabaseConnection) throws -> [EventKey: EventBytes] {
        guard !events.isEmpty else { return [:] }
        let ids = events.map(\.originalID)
        let rows = try connection.query(
            """
            SELECT event_id, source, outcome FROM tidings_effects
            WHERE consumer = \(consumer) AND event_id IN (\(list: ids))
            """)
        return Dictionary(
            try rows.map { (try EventKey($0), EventBytes(try $0.value("outcome", as: String.self))) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Gives the outcome of an event to another consumer, which then does not repeat its effect. One that it has stays.
    package func move(
        _ id: EventID, from source: String, to other: String, in connection: any DatabaseConnection
    ) throws {
        let chosen: SQLStatement = "consumer = \(consumer) AND event_id = \(id) AND source = \(source)"
        try connection.execute(
            """
            INSERT INTO tidings_effects (consumer, event_id, source, outcome, at)
            SELECT \(other), event_id, source, outcome, at FROM tidings_effects WHERE \(chosen)
            ON CONFLICT DO NOTHING
            """)
        try connection.execute("DELETE FROM tidings_effects WHERE \(chosen)")
    }

    /// All outcomes that are recorded, the oldest first.
    package func list(in connection: any DatabaseConnection) throws -> [EventBytes] {
        try connection.query(
            "SELECT outcome FROM tidings_effects WHERE consumer = \(consumer) ORDER BY at, event_id"
        ).map { EventBytes(try $0.value("outcome", as: String.self)) }
    }

    /// Records an outcome. The first outcome of an effect stays.
    package func record(
        _ outcome: EventBytes, of event: Envelope, at now: Timestamp, in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO tidings_effects (consumer, event_id, source, outcome, at)
            VALUES (\(consumer), \(event.originalID), \(event.source), \(outcome.text), \(now))
            ON CONFLICT DO NOTHING
            """)
    }

    /// The keys of outcomes that were recorded before a moment, the oldest first, of all consumers; without those of events
    /// that are still parked.
    package static func old(
        before horizon: Timestamp, limit: Int, in connection: any DatabaseConnection
    ) throws -> [(consumer: String, event: EventKey)] {
        try connection.query(
            """
            SELECT consumer, event_id, source FROM tidings_effects
            WHERE at < \(horizon) AND \(isNotParked) ORDER BY at LIMIT \(limit)
            """
        ).map { (try $0.value("consumer"), try EventKey($0)) }
    }

    /// Removes outcomes, except for events that are parked now.
    /// - Returns: how many.
    package static func remove(
        _ outcomes: [(consumer: String, event: EventKey)], in connection: any DatabaseConnection
    ) throws -> Int {
        var count = 0
        for (consumer, event) in outcomes {
            count += try connection.execute(
                """
                DELETE FROM tidings_effects
                WHERE consumer = \(consumer) AND event_id = \(event.id) AND source = \(event.source) AND \(isNotParked)
                """)
        }
        return count
    }

    private static var isNotParked: SQLStatement {
        """
        NOT EXISTS (
            SELECT 1 FROM \(ParkedEvents.table) AS parked
            WHERE parked.consumer = tidings_effects.consumer AND parked.inbox_id = tidings_effects.event_id
                AND parked.source = tidings_effects.source)
        """
    }
}
