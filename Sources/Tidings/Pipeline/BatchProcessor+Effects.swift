extension BatchProcessor {
    /// What an effect came to.
    private enum EffectResult: Sendable {
        case returned(EventBytes)
        case failed(any Error)
        case outage(any Error)
    }

    /// Runs the effects of a wave that have not run before, and records their outcomes.
    /// - Returns: the outage that some of them met; their events are marked as released.
    func runEffects(of events: inout [TakenEvent]) async throws -> (any Error)? {
        guard events.contains(where: \.hasEffect) else { return nil }
        let known = try await recall(events)
        var due: [Int] = []
        for index in events.indices where events[index].hasEffect {
            let event = events[index].event
            if events[index].receipt != nil, known.claimed.contains(EventKey(event)) {
                events[index].state = .skipped
            } else if events[index].receipt != nil, let key = events[index].key, known.blocked.contains(key) {
                // It will park behind the others of its key: its handler does not run now.
                continue
            } else if let outcome = known.outcomes[EventKey(event)] {
                events[index].complete(with: outcome)
            } else {
                due.append(index)
            }
        }
        let results = await run(due, of: events)
        return try await absorb(results, into: &events)
    }

    /// What the database knows of a wave before its effects run.
    private struct Known: Sendable {
        let claimed: Set<EventKey>
        let blocked: Set<String>
        let outcomes: [EventKey: EventBytes]
    }

    private func recall(_ events: [TakenEvent]) async throws -> Known {
        let ids = events.filter(\.hasEffect).map(\.event.id)
        let keys = events.compactMap(\.key)
        return try await database.read { [inbox, parked, outcomes] connection in
            Known(
                claimed: try inbox.claimed(among: ids, in: connection),
                blocked: try parked.blockedKeys(among: keys, in: connection),
                outcomes: try outcomes.find(ids, in: connection))
        }
    }

    /// Runs effects side by side, no more at once than the subscriber and each handler allow.
    private func run(_ due: [Int], of events: [TakenEvent]) async -> [(index: Int, result: EffectResult)] {
        await withTaskGroup(of: (index: Int, result: EffectResult).self) { group in
            var results: [(index: Int, result: EffectResult)] = []
            var waiting = due
            var running: [Int: Int] = [:]
            while !waiting.isEmpty || results.count < due.count {
                let next = waiting.firstIndex { index in
                    let handler = events[index].handler
                    return running[handler, default: 0] < handlers[handler].options.concurrency ?? .max
                }
                if let next, due.count - waiting.count - results.count < options.effectConcurrency {
                    let index = waiting.remove(at: next)
                    running[events[index].handler, default: 0] += 1
                    let event = events[index]
                    group.addTask { (index, await self.runEffect(of: event)) }
                } else if let finished = await group.next() {
                    running[events[finished.index].handler, default: 0] -= 1
                    results.append(finished)
                }
            }
            return results
        }
    }

    private func runEffect(of event: TakenEvent) async -> EffectResult {
        guard case .prepared(let handler, _) = event.state, let effect = handler.effect else {
            return .failed(TidingsError(.invalid, "\(event.event.type) has no effect"))
        }
        let call = Effect(
            idempotencyKey: "\(consumer):\(event.event.source):\(event.event.id)", envelope: event.event,
            database: database)
        let timeout = handlers[event.handler].options.timeout
        do {
            return .returned(
                try await database.environment.time.withTimeout(
                    timeout, throwing: .timedOut("the effect of \(handlers[event.handler].name)", timeout)
                ) { try await effect(call) })
        } catch {
            let isOutage = error is CancellationError || (error as? TidingsError)?.isOutage == true
            return isOutage ? .outage(error) : .failed(error)
        }
    }

    /// Records outcomes, and marks what failed and what has to be given back.
    private func absorb(
        _ results: [(index: Int, result: EffectResult)], into events: inout [TakenEvent]
    ) async throws -> (any Error)? {
        var outage: (any Error)?
        var lostKeys: Set<String> = []
        var returned: [(event: Envelope, outcome: EventBytes)] = []
        for (index, result) in results {
            switch result {
            case .returned(let outcome):
                events[index].complete(with: outcome)
                returned.append((events[index].event, outcome))
            case .failed(let error):
                events[index].state = .failed(error)
            case .outage(let error):
                outage = error
                events[index].state = .released
                if let key = events[index].key { lostKeys.insert(key) }
            }
        }
        // An effect is the first of its key in a wave: what else the wave has of that key comes after it.
        for index in events.indices where events[index].key.map(lostKeys.contains) == true {
            events[index].state = .released
        }
        if !returned.isEmpty {
            let now = database.environment.now()
            try await database.engine.write { [outcomes, returned] in
                try outcomes.record(returned, at: now, in: $0)
            }
        }
        return outage
    }
}
