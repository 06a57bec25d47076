extension Subscriber {
    /// Parks an event behind earlier ones of its key; an event that is parked already just stays.
    func park(_ work: Work, waitingIn transaction: Transaction) throws {
        guard work.receipt != nil else {
            if case .parked(let id, let attempts) = work.origin {
                // It was claimed for an attempt that was not made.
                try transaction.execute(
                    """
                    UPDATE tidings_parked SET attempts = \(attempts - 1), due_at = \(transaction.now) WHERE id = \(id)
                    """)
            }
            return
        }
        try insert(work, state: .parked, attempts: 0, due: transaction.now, failure: nil, handler: "", transaction)
    }

    /// Parks an event whose attempt failed, or makes it a dead letter when that was its last.
    /// - Returns: whether it is a dead letter.
    func park(
        _ work: Work, failedWith failure: Failure, handler: String, _ transaction: Transaction
    ) throws -> Bool {
        let isDead = failure.isPermanent || work.attempts >= options.retry.maximumAttempts
        let state = isDead ? ParkedState.dead : .parked
        let now = transaction.now
        let delay = options.retry.delay(afterAttempt: work.attempts, random: database.environment.random())
        switch work.origin {
        case .delivery:
            try insert(
                work, state: state, attempts: 1, due: now + delay, failure: failure, handler: handler, transaction)
        case .parked(let id, let attempts):
            try transaction.execute(
                """
                UPDATE tidings_parked
                SET state = \(state), attempts = \(attempts), due_at = \(now + delay), error = \("\(failure.error)"),
                    handler = \(handler), first_failed_at = COALESCE(first_failed_at, \(now)), last_failed_at = \(now)
                WHERE id = \(id)
                """)
        }
        return isDead
    }

    private func insert(
        _ work: Work, state: ParkedState, attempts: Int, due: Timestamp, failure: Failure?, handler: String,
        _ transaction: Transaction
    ) throws {
        let event = work.event
        let failedAt = failure.map { _ in transaction.now }
        try transaction.execute(
            """
            INSERT INTO tidings_parked
                (consumer, handler, event_id, event_type, source, subject, correlation_id, ordering_key, state, attempts,
                 due_at, error, first_failed_at, last_failed_at, data, envelope)
            VALUES (\(name), \(handler), \(event.id), \(event.type), \(event.source), \(event.subject),
                \(event.correlationID), \(event.orderingKey), \(state), \(attempts), \(due),
                \(failure.map { "\($0.error)" }), \(failedAt), \(failedAt), \(event.data.text),
                \(SQLValue.blob(event.binary())))
            ON CONFLICT (consumer, event_id, source) DO NOTHING
            """)
    }
}

/// What a parked event waits for.
enum ParkedState: String, SQLValueConvertible {
    /// Its next attempt.
    case parked
    /// A redrive.
    case dead
}
