import ServiceLifecycle

extension Subscriber {
    /// How long an attempt at a parked event may take before another member of the group may make one: half of this, for
    /// in the first half attempts may begin.
    private var attemptLease: Duration { .seconds(120) }

    /// Tries parked events again when they are due, until it is time to stop.
    func retryParked(by table: HandlerTable) async {
        var pauses = Pauses(of: "retry")
        let time = database.environment.time
        // Attempts that were not made, because the ground was gone or an earlier event of the key was in the way; given
        // back before anything else.
        var unspent: [Work] = []
        while !isStopping {
            do {
                try await restore(unspent)
                unspent = []
                let claim = try await claimDue(for: attemptLease)
                if claim.works.isEmpty {
                    resume(&pauses)
                    let wait = claim.nextDue.map { min(max($0 - time.now(), .milliseconds(1)), .seconds(1)) }
                    try await cancelWhenGracefulShutdown {
                        try await self.parked.wait(atMost: wait ?? .seconds(1), on: time)
                    }
                    continue
                }
                let works = claim.works.map { prepare($0.event, origin: $0.origin, by: table) }
                let outcome = await process(works, by: table, until: time.now() + attemptLease / 2)
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

    /// Gives back attempts that were not made.
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
