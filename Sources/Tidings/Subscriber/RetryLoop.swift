import ServiceLifecycle

/// Tries parked events again when they are due, until it is time to stop.
struct RetryLoop: Sendable {
    let processor: BatchProcessor
    let report: SubscriberReport
    let status: SubscriberStatus
    /// Extends what is tried.
    let holds: BatchHolds

    /// After a crash, an event waits so long before another member of the group tries it.
    static let lease = Duration.seconds(60)
    private var environment: RuntimeEnvironment { processor.database.environment }
    private var engine: any DatabaseEngine { processor.database.engine }

    func run() async {
        var pause = LoopPause(of: "retry", status)
        // Claims whose attempts were not made, because of an outage or an earlier event of the key; given back before
        // anything else.
        var unspent: [ParkedEvents.Claim] = []
        var hasBegun = false
        while !Task.isStopping {
            do {
                if !hasBegun { try await restoreUnreadable() }
                hasBegun = true
                try await status.working { try await restore(unspent) }
                unspent = []
                let (outcome, nextDue) = try await status.working { try await processDue() }
                guard let outcome else {
                    pause.end()
                    try await wait(until: nextDue)
                    continue
                }
                unspent = outcome.released.compactMap(\.claim)
                if let outage = outcome.outage { throw outage }
                pause.end()
            } catch is CancellationError {
                break
            } catch {
                await pause.wait(because: error)
            }
        }
        // If even this fails, the lease expires and one attempt stays counted.
        try? await restore(unspent)
    }

    /// Tries what is due, first what has to be tried alone; if nothing is, says when the next is.
    private func processDue() async throws -> (outcome: BatchOutcome?, nextDue: Timestamp?) {
        let (parked, now) = (processor.parked, environment.now())
        let (nextDue, hasSuspect) = try await engine.read { connection in
            let nextDue = try parked.nextDue(in: connection)
            guard let nextDue, nextDue <= now else { return (nextDue, false) }
            return (nextDue, try parked.hasSuspect(dueAt: now, in: connection))
        }
        guard let nextDue, nextDue <= now else { return (nil, nextDue) }
        if hasSuspect {
            // Claimed only when nothing else runs, so that it is blamed for nothing else.
            let outcome = try await environment.suspects.alone { await process(try await claim(alone: true)) }
            if let outcome { return (outcome, nil) }
        }
        let outcome = try await environment.suspects.pass { await process(try await claim(alone: false)) }
        return (outcome ?? BatchOutcome(), nil)
    }

    private func process(_ events: [TakenEvent]) async -> BatchOutcome? {
        guard !events.isEmpty else { return nil }
        let claims = events.compactMap(\.claim)
        let hold = BatchHold { [consumer = processor.consumer] in
            .batch(of: events.count, "tried again", by: consumer, events[0].event)
        } extend: { [engine, environment, parked = processor.parked] in
            let lease = environment.now() + Self.lease
            return try await engine.write(.relaxed) { try parked.extend(claims, until: lease, in: $0) }
        }
        holds.add(hold)
        let outcome = await processor.process(events, while: hold)
        holds.remove(hold)
        report.finished(outcome)
        return outcome
    }

    /// Claims a batch of what is due, or one event that has to be tried alone.
    private func claim(alone: Bool) async throws -> [TakenEvent] {
        let (parked, options) = (processor.parked, processor.options)
        let (now, token) = (environment.now(), environment.makeID().rawValue)
        let claimed = try await engine.write {
            alone
                ? try parked.claimSuspect(dueAt: now, until: now + Self.lease, as: token, in: $0)
                : try parked.claim(
                    atMost: options.batchSize, dueAt: now, until: now + Self.lease, as: token, in: $0)
        }
        return claimed.map { claim, event in
            guard claim.begun >= options.deliveryLimit else { return processor.prepare(event, from: .parked(claim)) }
            let reason = "begun \(claim.begun) times and never ended: it seems to kill its consumer"
            return processor.prepare(event, from: .parked(claim), failedWith: NotRetryable(reason))
        }
    }

    /// Waits until something is due, is parked or is redriven, a second at most.
    private func wait(until due: Timestamp?) async throws {
        let latest = environment.now() + .seconds(1)
        try await cancelWhenGracefulShutdown {
            try await status.parked.wait(until: min(due ?? latest, latest), on: environment.time)
        }
    }

    private func restoreUnreadable() async throws {
        let (parked, now) = (processor.parked, environment.now())
        try await engine.write(.relaxed) { try parked.restoreUnreadable(at: now, in: $0) }
    }

    private func restore(_ claims: [ParkedEvents.Claim]) async throws {
        guard !claims.isEmpty else { return }
        let (parked, now) = (processor.parked, environment.now())
        try await engine.write { try parked.restore(claims, at: now, in: $0) }
    }
}
