import ServiceLifecycle

extension Subscriber {
    /// How long an attempt at a parked event may take before another member of the group may make one.
    private var attemptLease: Duration { .seconds(60) }

    /// Tries parked events again when they are due, until it is time to stop.
    func retryParked(by table: HandlerTable) async {
        var pauses = Pauses(of: "retry")
        let time = database.environment.time
        // Attempts that were counted and not made, because the ground was gone; given back before anything else.
        var unspent: [Work] = []
        while !isStopping {
            do {
                try await restore(unspent)
                unspent = []
                let claim = try await claimDue()
                if claim.works.isEmpty {
                    resume(&pauses)
                    let wait = claim.nextDue.map { min(max($0 - time.now(), .milliseconds(1)), .seconds(1)) }
                    try await cancelWhenGracefulShutdown {
                        try await self.parked.wait(atMost: wait ?? .seconds(1), on: time)
                    }
                    continue
                }
                let works = claim.works.map { prepare($0.event, origin: $0.origin, by: table) }
                let outcome = await process(works, by: table)
                unspent = outcome.released
                if let outage = outcome.outage { throw outage }
                resume(&pauses)
            } catch is CancellationError {
                break
            } catch {
                await pause(because: error, &pauses)
            }
        }
        // Where even this fails, the lease runs out and one attempt stays counted.
        try? await restore(unspent)
    }

    /// Takes the events that are due and have no earlier one of their key before them, and counts the attempt.
    private func claimDue() async throws -> (works: [Claimed], nextDue: Timestamp?) {
        let now = database.environment.now()
        let blockers: [ParkedState] = options.afterDeadLetter == .park ? [.parked, .dead] : [.parked]
        // Those that have no earlier one of their key before them.
        let candidates: SQL = """
            tidings_parked AS candidate WHERE consumer = \(name) AND state = 'parked' AND NOT EXISTS (
                SELECT 1 FROM tidings_parked AS earlier
                WHERE earlier.consumer = candidate.consumer AND earlier.ordering_key = candidate.ordering_key
                    AND earlier.id < candidate.id AND earlier.state IN (\(list: blockers)))
            """
        let due = try await database.engine.read { connection in
            try connection.query("SELECT MIN(due_at) AS due FROM \(candidates)")
                .first?.value("due", as: Timestamp?.self) ?? nil
        }
        guard let due, due <= now else { return ([], due) }
        let until = now + attemptLease
        let works = try await database.engine.write { [options] connection in
            try connection.query(
                """
                UPDATE tidings_parked SET attempts = attempts + 1, due_at = \(until) WHERE id IN (
                    SELECT id FROM \(candidates) AND due_at <= \(now) ORDER BY due_at LIMIT \(options.batchSize))
                RETURNING id, attempts, envelope
                """
            ).map(Claimed.init).sorted { $0.id < $1.id }
        }
        return (works, nil)
    }

    /// Gives back attempts that were counted and not made.
    private func restore(_ works: [Work]) async throws {
        guard !works.isEmpty else { return }
        let now = database.environment.now().sqlValue
        let rows = works.compactMap { work -> [SQLValue]? in
            guard case .parked(let id, let attempts) = work.origin else { return nil }
            return [Int64(attempts - 1).sqlValue, now, id.sqlValue]
        }
        try await database.engine.write { connection in
            _ = try connection.execute("UPDATE tidings_parked SET attempts = ?, due_at = ? WHERE id = ?", forEach: rows)
        }
    }
}

/// A parked event whose next attempt was counted.
private struct Claimed: Sendable {
    let id: Int64
    let attempts: Int
    let event: Envelope

    init(_ row: SQLRow) throws {
        id = try row.value("id")
        attempts = try row.value("attempts")
        event = try row.envelope("envelope")
    }

    var origin: Work.Origin { .parked(id: id, attempts: attempts) }
}
