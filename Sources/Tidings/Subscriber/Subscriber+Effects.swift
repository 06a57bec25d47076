extension Subscriber {
    /// Runs the effects of a wave that were not run before, and records what they answered.
    /// - Returns: the outage that some of them met; their works are marked as released.
    func runEffects(of works: inout [Work]) async throws -> (any Error)? {
        let known = try await recall(works)
        var due: [Int] = []
        for index in works.indices where works[index].hasEffect {
            let event = works[index].event
            if works[index].receipt != nil, known.claimed.contains(EventKey(event)) {
                works[index].state = .skipped
            } else if works[index].receipt != nil, let key = event.orderingKey, known.blocked.contains(key) {
                // It will park behind the others of its key: its handler does not run now.
                continue
            } else if let outcome = known.outcomes[EventKey(event)] {
                works[index].settle(outcome)
            } else {
                due.append(index)
            }
        }
        let results = await run(due, of: works)
        return try await absorb(results, into: &works)
    }

    /// What an effect came to.
    private enum EffectResult: Sendable {
        case answered(EventBytes)
        case failed(any Error)
        case outage(any Error)
    }

    /// Runs effects side by side.
    private func run(_ due: [Int], of works: [Work]) async -> [(index: Int, result: EffectResult)] {
        await withTaskGroup(of: (index: Int, result: EffectResult).self) { group in
            var results: [(index: Int, result: EffectResult)] = []
            for (started, index) in due.enumerated() {
                if started >= options.effectConcurrency, let finished = await group.next() {
                    results.append(finished)
                }
                let work = works[index]
                group.addTask { (index, await self.runEffect(of: work)) }
            }
            for await finished in group { results.append(finished) }
            return results
        }
    }

    private func runEffect(of work: Work) async -> EffectResult {
        guard case .prepared(let handler, _) = work.state, let effect = handler.effect else {
            return .failed(TidingsError(.invalid, "\(work.event.type) has no effect"))
        }
        do {
            let call = Effect(
                idempotencyKey: "\(name):\(work.event.source):\(work.event.id)", envelope: work.event,
                database: database)
            return .answered(try await effect(call))
        } catch {
            let isOutage = error is CancellationError || (error as? TidingsError)?.isOutage == true
            return isOutage ? .outage(error) : .failed(error)
        }
    }

    /// Records answers, and marks what failed and what has to be given back.
    private func absorb(
        _ results: [(index: Int, result: EffectResult)], into works: inout [Work]
    ) async throws -> (any Error)? {
        var outage: (any Error)?
        var lostKeys: Set<String> = []
        var rows: [[SQLValue]] = []
        let now = database.environment.now().sqlValue
        for (index, result) in results {
            let event = works[index].event
            switch result {
            case .answered(let outcome):
                works[index].settle(outcome)
                rows.append([
                    name.sqlValue, event.id.sqlValue, event.source.sqlValue, outcome.text.sqlValue, now,
                ])
            case .failed(let error):
                works[index].state = .failed(error, isPermanent: false)
            case .outage(let error):
                outage = error
                works[index].state = .released
                if let key = event.orderingKey { lostKeys.insert(key) }
            }
        }
        // An effect is the first of its key in a wave: what else the wave has of that key comes after it.
        for index in works.indices where works[index].event.orderingKey.map(lostKeys.contains) == true {
            works[index].state = .released
        }
        if !rows.isEmpty {
            try await database.engine.write { [rows] connection in
                _ = try connection.execute(
                    """
                    INSERT INTO tidings_effects (consumer, event_id, source, outcome, at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """, forEach: rows)
            }
        }
        return outage
    }

    /// What the database knows of a batch before its effects run.
    private struct Known: Sendable {
        var claimed: Set<EventKey> = []
        var blocked: Set<String> = []
        var outcomes: [EventKey: EventBytes] = [:]
    }

    private func recall(_ works: [Work]) async throws -> Known {
        let ids = works.filter(\.hasEffect).map(\.event.id)
        let keys = works.compactMap(\.event.orderingKey)
        return try await database.engine.read { [name, options] connection in
            var known = Known()
            known.blocked = try blockedKeys(of: keys, for: name, options.afterDeadLetter, connection)
            for row in try connection.query(
                "SELECT event_id, source FROM tidings_inbox WHERE consumer = \(name) AND event_id IN (\(list: ids))")
            {
                known.claimed.insert(EventKey(id: try row.value("event_id"), source: try row.value("source")))
            }
            for row in try connection.query(
                """
                SELECT event_id, source, outcome FROM tidings_effects
                WHERE consumer = \(name) AND event_id IN (\(list: ids))
                """)
            {
                known.outcomes[EventKey(id: try row.value("event_id"), source: try row.value("source"))] =
                    EventBytes(try row.value("outcome", as: String.self))
            }
            return known
        }
    }
}

/// What makes an event unique.
struct EventKey: Hashable, Sendable {
    let id: EventID
    let source: String

    init(id: EventID, source: String) {
        (self.id, self.source) = (id, source)
    }

    init(_ event: Envelope) {
        self.init(id: event.id, source: event.source)
    }
}

extension Work {
    fileprivate mutating func settle(_ outcome: EventBytes) {
        if case .prepared(let handler, _) = state { state = .prepared(handler, outcome: outcome) }
    }
}

/// Those of some keys whose events wait behind a failure.
func blockedKeys(
    of keys: [String], for consumer: String, _ afterDeadLetter: SubscriberOptions.AfterDeadLetter,
    _ connection: any DatabaseConnection
) throws -> Set<String> {
    guard !keys.isEmpty else { return [] }
    let states: [String] = afterDeadLetter == .park ? ["parked", "dead"] : ["parked"]
    let rows = try connection.query(
        """
        SELECT DISTINCT ordering_key FROM tidings_parked
        WHERE consumer = \(consumer) AND state IN (\(list: states)) AND ordering_key IN (\(list: Array(Set(keys))))
        """)
    return Set(try rows.map { try $0.value("ordering_key") })
}
