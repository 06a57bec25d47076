package import TidingsRouting

/// The events of a consumer that failed, and those that wait behind them: the table `tidings_parked`.
///
/// A parked event is tried again when it is due. If it fails for good it becomes a dead letter, which stays until it is
/// redriven or discarded. Later events of its ordering key park behind it.
package struct ParkedEvents: Sendable {
    /// The consumer group.
    package let consumer: String
    /// Whether dead letters block later events of their key.
    package let afterDeadLetter: SubscriberOptions.AfterDeadLetter
    /// The types that this member has handlers for; events of others are left to members that do.
    package let types: [EventType]
    /// How often an event is begun and not ended before it is tried alone.
    package let suspicion: Int

    package init(
        consumer: String, afterDeadLetter: SubscriberOptions.AfterDeadLetter, types: [EventType], suspicion: Int = 3
    ) {
        self.consumer = consumer
        self.afterDeadLetter = afterDeadLetter
        self.types = types
        self.suspicion = suspicion
    }

    /// What a parked event waits for.
    package enum State: String, SQLValueConvertible {
        /// Its next attempt.
        case parked
        /// A redrive.
        case dead
        /// Its turn in a redrive that is spread over time.
        case redriven
        /// A person: it cannot be read.
        case unreadable

        /// Those of events that are tried again by themselves.
        package static let waiting: [State] = [.parked, .redriven]
    }

    /// A failed attempt.
    package struct Failure: Sendable {
        package let error: any Error
        /// The handler that failed.
        package let handler: String
        /// How many attempts were made, this one included.
        package var attempts: Int
        /// When it is tried again; `nil` for a dead letter.
        package var retryAt: Timestamp?
        /// Since when what the handler needs is not available, if that is why it failed.
        package var unavailableSince: Timestamp?

        package init(error: any Error, handler: String, attempts: Int, retryAt: Timestamp?) {
            self.error = error
            self.handler = handler
            self.attempts = attempts
            self.retryAt = retryAt
        }

        var state: State { retryAt == nil ? .dead : .parked }
    }

    package static let table: SQLStatement = "tidings_parked"

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE \(table) (
                id \(engine.serialPrimaryKey), consumer TEXT NOT NULL, handler TEXT NOT NULL,
                event_id TEXT NOT NULL, event_type TEXT NOT NULL, source TEXT NOT NULL, subject TEXT,
                correlation_id TEXT, ordering_key TEXT, state TEXT NOT NULL, attempts BIGINT NOT NULL,
                due_at BIGINT NOT NULL, error TEXT, first_failed_at BIGINT, last_failed_at BIGINT,
                unavailable_since BIGINT, inbox_id TEXT, claim TEXT, begun BIGINT NOT NULL, data TEXT NOT NULL,
                envelope \(engine.blobType) NOT NULL, UNIQUE (consumer, event_id, source))
            """,
            "CREATE INDEX tidings_parked_due ON \(table) (consumer, state, due_at)",
            "CREATE INDEX tidings_parked_state ON \(table) (state, consumer, event_type, due_at)",
            "CREATE INDEX tidings_parked_key ON \(table) (consumer, state, ordering_key)",
            "CREATE INDEX tidings_parked_alone ON \(table) (consumer, state, due_at) WHERE ordering_key IS NULL",
            "CREATE INDEX tidings_parked_unhandled ON \(table) (consumer, event_type) WHERE inbox_id IS NULL",
            "CREATE INDEX tidings_parked_begun ON \(table) (consumer, begun) WHERE begun > 0",
            "CREATE INDEX tidings_parked_inbox ON \(table) (consumer, inbox_id)",
            "CREATE INDEX tidings_parked_dead ON \(table) (last_failed_at) WHERE state = 'dead'",
        ]
    }

    // MARK: Order

    /// The states that block later events of the same key. A dead letter that blocks none does not begin to while it waits
    /// for its turn.
    package var blockingStates: [State] { afterDeadLetter == .park ? [.parked, .dead, .redriven] : [.parked] }

    /// Those of some ordering keys whose later events wait behind a failure.
    package func blockedKeys(
        among keys: @autoclosure () -> [ByteText], in connection: any DatabaseConnection
    ) throws -> Set<ByteText> {
        let blocking: SQLStatement = "consumer = \(consumer) AND state IN (\(list: blockingStates))"
        // Nearly always nothing is parked, and the keys need not be looked at.
        guard try !connection.query("SELECT 1 AS one FROM \(Self.table) WHERE \(blocking) LIMIT 1").isEmpty else {
            return []
        }
        let keys = Set(keys())
        guard !keys.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT DISTINCT ordering_key FROM \(Self.table) WHERE \(blocking) AND ordering_key IN (\(list: Array(keys)))
            """)
        return Set(try rows.map { try $0.value("ordering_key") })
    }

    // MARK: Changes

    /// Parks an event behind earlier events of its key: no attempt was made. An event that is parked already stays, unless it
    /// is there because no handler took it: that is over.
    package func insert(waiting event: Envelope, at now: Timestamp, in connection: any DatabaseConnection) throws {
        try insert(event, key: event.lineKey, failure: nil, isInInbox: true, at: now, in: connection)
    }

    /// Parks an event that was taken several times and never settled: it is tried alone.
    package func insert(
        suspect event: Envelope, key: ByteText?, at now: Timestamp, in connection: any DatabaseConnection
    ) throws {
        try insert(event, key: key, failure: nil, begun: suspicion, isInInbox: true, at: now, in: connection)
    }

    /// Parks an event whose first attempt failed, or makes it a dead letter.
    /// - Parameters:
    ///   - key: the ordering key whose later events wait behind it, if any do.
    ///   - isInInbox: whether the inbox knows it; one that no handler takes is not entered.
    package func insert(
        _ event: Envelope, key: ByteText?, failedWith failure: Failure, isInInbox: Bool = true, at now: Timestamp,
        in connection: any DatabaseConnection
    ) throws {
        try insert(event, key: key, failure: failure, isInInbox: isInInbox, at: now, in: connection)
    }

    private func insert(
        _ event: Envelope, key: ByteText?, failure: Failure?, begun: Int = 0, isInInbox: Bool, at now: Timestamp,
        in connection: any DatabaseConnection
    ) throws {
        let failedAt = failure.map { _ in now }
        try connection.execute(
            """
            INSERT INTO \(Self.table)
                (consumer, handler, event_id, event_type, source, subject, correlation_id, ordering_key, state, attempts,
                 due_at, error, first_failed_at, last_failed_at, unavailable_since, inbox_id, begun, data, envelope)
            VALUES (\(consumer), \(failure?.handler ?? ""), \(event.id), \(event.type), \(event.source),
                \(event.subject), \(event.correlationID), \(key), \(failure?.state ?? .parked),
                \(failure?.attempts ?? 0), \(failure?.retryAt ?? now), \(failure.map { "\($0.error)" }), \(failedAt),
                \(failedAt), \(failure?.unavailableSince), \(isInInbox ? event.originalID : nil), \(begun),
                \(event.data.text), \(SQLValue.blob(event.binary())))
            ON CONFLICT (consumer, event_id, source) DO UPDATE SET
                handler = excluded.handler, ordering_key = excluded.ordering_key, state = excluded.state,
                attempts = excluded.attempts, due_at = excluded.due_at, error = excluded.error,
                unavailable_since = excluded.unavailable_since, inbox_id = excluded.inbox_id, claim = NULL,
                begun = excluded.begun
            WHERE \(Self.table).inbox_id IS NULL AND excluded.inbox_id IS NOT NULL
            """)
    }

    /// Notes that another attempt failed.
    package func fail(
        _ id: Int64, with failure: Failure, at now: Timestamp, in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            """
            UPDATE \(Self.table)
            SET state = \(failure.state), attempts = \(failure.attempts), due_at = \(failure.retryAt ?? now),
                error = \("\(failure.error)"), handler = \(failure.handler), claim = NULL, begun = 0,
                unavailable_since = \(failure.unavailableSince),
                first_failed_at = COALESCE(first_failed_at, \(now)), last_failed_at = \(now)
            WHERE id = \(id)
            """)
    }

    /// Lets rows be tried again that could not be read: another version may read them.
    package func restoreUnreadable(at now: Timestamp, in connection: any DatabaseConnection) throws {
        try connection.execute(
            """
            UPDATE \(Self.table) SET state = \(State.parked), due_at = \(now)
            WHERE consumer = \(consumer) AND state = \(State.unreadable)
            """)
    }

    /// Notes that an event is in the inbox now.
    package func enter(_ id: Int64, as inboxID: EventID, in connection: any DatabaseConnection) throws {
        try connection.execute("UPDATE \(Self.table) SET inbox_id = \(inboxID) WHERE id = \(id)")
    }

    /// Removes the dead letter of an event that no handler took, because another form of it is handled.
    package func removeUnhandled(
        _ id: EventID, from source: String, in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            """
            DELETE FROM \(Self.table)
            WHERE consumer = \(consumer) AND event_id = \(id) AND source = \(source) AND inbox_id IS NULL
            """)
    }

    /// Makes dead letters due again that no handler took and that this member has a handler for.
    /// - Returns: how many there were; `limit` means that there may be more.
    package func redriveUnhandled(
        atMost limit: Int, at now: Timestamp, in connection: any DatabaseConnection
    ) throws -> Int {
        try connection.execute(
            """
            UPDATE \(Self.table) SET state = \(State.redriven), attempts = 0, begun = 0, due_at = \(now)
            WHERE id IN (
                SELECT id FROM \(Self.table)
                WHERE consumer = \(consumer) AND inbox_id IS NULL AND event_type IN (\(list: types))
                    AND state = \(State.dead)
                ORDER BY id LIMIT \(limit))
            """)
    }

    /// Removes an event that was handled.
    package func remove(_ id: Int64, in connection: any DatabaseConnection) throws {
        try connection.execute("DELETE FROM \(Self.table) WHERE id = \(id)")
    }

    /// How many events have one of some states.
    package func count(_ states: [State], in connection: any DatabaseConnection) throws -> Int {
        try connection.query(
            "SELECT count(*) AS n FROM \(Self.table) WHERE consumer = \(consumer) AND state IN (\(list: states))"
        )[0].value("n")
    }
}
