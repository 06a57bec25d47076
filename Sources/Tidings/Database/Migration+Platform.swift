extension Migration {
    /// The tables that the platform keeps in every service's database. Times are microseconds since 1970.
    static let platform: [Migration] = [
        Migration("tidings-1") { engine in
            [
                // Events on their way to the bus, in the order of their commits.
                SQL(
                    raw: """
                        CREATE TABLE tidings_outbox (
                            place \(engine.serialPrimaryKey),
                            event_id TEXT NOT NULL, event_type TEXT NOT NULL, envelope \(engine.blobType) NOT NULL)
                        """),
                // What each consumer has seen; pruned in the order of arrival.
                SQL(
                    raw: """
                        CREATE TABLE tidings_inbox (
                            place \(engine.serialPrimaryKey),
                            consumer TEXT NOT NULL, source TEXT NOT NULL, event_id TEXT NOT NULL, at BIGINT NOT NULL,
                            UNIQUE (consumer, event_id, source))
                        """),
                // What effects answered, so that redelivery does not repeat them.
                """
                CREATE TABLE tidings_effects (
                    consumer TEXT NOT NULL, event_id TEXT NOT NULL, source TEXT NOT NULL,
                    outcome TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (consumer, event_id, source))
                """,
                "CREATE INDEX tidings_effects_age ON tidings_effects (at)",
                // Events whose handler failed, and those that wait behind them; the dead letters among them.
                SQL(
                    raw: """
                        CREATE TABLE tidings_parked (
                            id \(engine.serialPrimaryKey),
                            consumer TEXT NOT NULL, handler TEXT NOT NULL,
                            event_id TEXT NOT NULL, event_type TEXT NOT NULL, source TEXT NOT NULL, subject TEXT,
                            correlation_id TEXT, ordering_key TEXT, state TEXT NOT NULL, attempts BIGINT NOT NULL,
                            due_at BIGINT NOT NULL, error TEXT, first_failed_at BIGINT, last_failed_at BIGINT,
                            data TEXT NOT NULL, envelope \(engine.blobType) NOT NULL,
                            UNIQUE (consumer, event_id, source))
                        """),
                "CREATE INDEX tidings_parked_due ON tidings_parked (consumer, state, due_at)",
                "CREATE INDEX tidings_parked_key ON tidings_parked (consumer, ordering_key, state)",
                // Who may do what only one at a time may do.
                "CREATE TABLE tidings_leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at BIGINT NOT NULL)",
                // A saga is a row: its state as JSON, and the journal of its steps and history.
                """
                CREATE TABLE tidings_sagas (
                    saga TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, stage TEXT, state_version BIGINT NOT NULL,
                    state TEXT, journal TEXT NOT NULL, wake_at BIGINT, started_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
                    PRIMARY KEY (saga, id))
                """,
                "CREATE INDEX tidings_sagas_wake ON tidings_sagas (saga, wake_at)",
            ]
        }
    ]
}
