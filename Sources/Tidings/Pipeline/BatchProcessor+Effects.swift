import TidingsRouting

extension BatchProcessor {
    /// What an effect came to.
    private enum EffectResult: Sendable {
        case returned(EventBytes)
        case failed(any Error)
        /// It did not begin, or was cancelled because it is time to stop.
        case stopped((any Error)?)
    }

    /// Runs the effects of a wave that have not run before, and records each outcome as it comes.
    /// - Returns: why some of them were stopped; their events are marked as released.
    func runEffects(of events: inout [TakenEvent], while hold: BatchHold?) async throws -> (any Error)? {
        guard events.contains(where: \.hasEffect) else { return nil }
        let known = try await recall(events)
        var due: [Int] = []
        for index in events.indices where events[index].hasEffect {
            let event = events[index].event
            if events[index].isToBeEntered, known.claimed.contains(EventKey(event)) {
                events[index].state = .skipped(.duplicate)
            } else if events[index].receipt != nil, let key = events[index].key, known.blocked.contains(key) {
                // It will park behind the others of its key: its handler does not run now.
                continue
            } else if let outcome = known.outcomes[EventKey(event)] {
                events[index].complete(with: outcome)
            } else {
                due.append(index)
            }
        }
        return absorb(await run(due, of: events, while: hold), into: &events)
    }

    /// What the database knows of a wave before its effects run.
    private struct Known: Sendable {
        let claimed: Set<EventKey>
        let blocked: Set<ByteText>
        let outcomes: [EventKey: EventBytes]
    }

    private func recall(_ events: [TakenEvent]) async throws -> Known {
        let reaching = events.filter(\.hasEffect).map(\.event)
        let keys = events.compactMap(\.key)
        return try await database.read { [inbox, parked, outcomes] connection in
            Known(
                claimed: try inbox.claimed(among: reaching, in: connection),
                blocked: try parked.blockedKeys(among: keys, in: connection),
                outcomes: try outcomes.find(reaching, in: connection))
        }
    }

    /// Runs effects side by side, no more at once than the subscriber and each handler allow.
    private func run(
        _ due: [Int], of events: [TakenEvent], while hold: BatchHold?
    ) async -> [(index: Int, result: EffectResult)] {
        let recorder = OutcomeRecorder(outcomes, in: database)
        return await withTaskGroup(of: (index: Int, result: EffectResult).self) { group in
            var results: [(index: Int, result: EffectResult)] = []
            var waiting = due
            var running: [Int?: Int] = [:]
            while !waiting.isEmpty || results.count < due.count {
                if hold?.isLost == true {
                    results += waiting.map { ($0, .stopped(nil)) }
                    waiting = []
                    if results.count == due.count { break }
                }
                let next = waiting.firstIndex { index in
                    let handler = events[index].handler
                    let limit = handler.flatMap { handlers[$0].options.concurrency }
                    return running[handler, default: 0] < limit ?? .max
                }
                if let next, due.count - waiting.count - results.count < options.effectConcurrency {
                    let index = waiting.remove(at: next)
                    running[events[index].handler, default: 0] += 1
                    let event = events[index]
                    group.addTask { (index, await self.runEffect(of: event, in: hold?.work, recorder)) }
                } else if let finished = await group.next() {
                    running[events[finished.index].handler, default: 0] -= 1
                    results.append(finished)
                }
            }
            return results
        }
    }

    /// - Parameter batch: the piece of work that it is a part of.
    private func runEffect(
        of event: TakenEvent, in batch: Int?, _ recorder: OutcomeRecorder
    ) async -> EffectResult {
        guard case .prepared(let prepared, _) = event.state, let effect = prepared.effect, let index = event.handler
        else { return .failed(TidingsError(.invalid, "\(event.event.type) has no effect")) }
        let call = Effect(
            idempotencyKey: "\(consumer):\(event.event.source):\(event.event.originalID)", envelope: event.event,
            database: database)
        let handler = handlers[index]
        let timeout = handler.options.timeout ?? options.effectTimeout
        do {
            return .returned(
                try await database.environment.time.withTimeout(
                    timeout, throwing: .timedOut("the effect of \(handler.name)", timeout)
                ) {
                    try await database.work.run(
                        .effect, limit: min(timeout + .seconds(1), StuckLimits.effect), in: batch
                    ) {
                        description(ofEffectOf: event.event, handler.name, timeout)
                    } _: {
                        let outcome = try await effect(call)
                        // At once, so that no other effect's time and no crash of this process can lose it.
                        try await recorder.record(outcome, of: event.event)
                        return outcome
                    }
                })
        } catch {
            // An effect may throw the cancellation of a task of its own.
            return error is CancellationError && Task.isCancelled ? .stopped(error) : .failed(error)
        }
    }

    private func description(
        ofEffectOf event: Envelope, _ handler: String, _ timeout: Duration
    ) -> WorkInProgress.Description {
        WorkInProgress.Description(
            "the effect of \(handler) in \(consumer) for \(event.id)",
            heldBy: "what it calls; it has \(timeout), and may ignore its cancellation until the process ends",
            holdsUp: "\(event.type) \(event.id) with its key, and the batch it was taken in")
    }

    /// Notes what effects came to, and marks what has to be given back.
    private func absorb(
        _ results: [(index: Int, result: EffectResult)], into events: inout [TakenEvent]
    ) -> (any Error)? {
        var stop: (any Error)?
        var stoppedKeys: Set<ByteText> = []
        for (index, result) in results {
            switch result {
            case .returned(let outcome):
                events[index].complete(with: outcome)
            case .failed(let error):
                events[index].state = .failed(error)
            case .stopped(let reason):
                stop = reason ?? stop
                events[index].state = .released
                if let key = events[index].key { stoppedKeys.insert(key) }
            }
        }
        // An effect is the first of its key in a wave: what else the wave has of that key comes after it.
        for index in events.indices where events[index].key.map(stoppedKeys.contains) == true {
            events[index].state = .released
        }
        return stop
    }
}
