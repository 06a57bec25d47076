import Tracing

/// What a transaction did with one event.
enum Verdict: Sendable {
    case handled(Duration)
    /// It was claimed before: there was nothing to do.
    case duplicate
    /// It parked behind an earlier event of its key.
    case waiting
    case failed(any Error, isDead: Bool)

    var isParked: Bool {
        switch self {
        case .waiting, .failed: true
        case .handled, .duplicate: false
        }
    }
}

extension Subscriber {
    /// Handles a batch in one transaction.
    /// - Throws: where the ground is gone; nothing was done then.
    func apply(_ works: [Work], by table: HandlerTable) async throws -> [Verdict] {
        guard !works.isEmpty else { return [] }
        return try await database.transaction(trace: nil) { [self] transaction in
            let isNew = try claim(works, in: transaction)
            var blocked = try blockedKeys(
                of: works.compactMap { $0.receipt == nil ? nil : $0.event.orderingKey }, for: name,
                options.afterDeadLetter, transaction.connection)
            var verdicts: [Verdict] = []
            verdicts.reserveCapacity(works.count)
            for (index, work) in works.enumerated() {
                let verdict = try isNew[index] ? apply(work, blocked: blocked, table, transaction) : .duplicate
                if verdict.isParked, let key = work.event.orderingKey { blocked.insert(key) }
                verdicts.append(verdict)
            }
            return verdicts
        }
    }

    /// Enters the batch in the inbox. What was parked has been claimed long ago.
    private func claim(_ works: [Work], in transaction: Transaction) throws -> [Bool] {
        let now = transaction.now.sqlValue
        let rows = works.compactMap { work -> [SQLValue]? in
            work.receipt == nil
                ? nil : [name.sqlValue, work.event.source.sqlValue, work.event.id.sqlValue, now]
        }
        var claims = try transaction.execute(
            "INSERT INTO tidings_inbox (consumer, source, event_id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            forEach: rows
        ).makeIterator()
        return works.map { $0.receipt == nil || claims.next() == 1 }
    }

    private func apply(
        _ work: Work, blocked: Set<String>, _ table: HandlerTable, _ transaction: Transaction
    ) throws -> Verdict {
        if case .skipped = work.state { return .duplicate }
        if let key = work.event.orderingKey, blocked.contains(key) {
            try park(work, waitingIn: transaction)
            return .waiting
        }
        do {
            switch work.state {
            case .prepared(let handler, nil) where handler.effect != nil:
                // Its key was blocked when effects were run and is not any more; its turn comes with the parked ones.
                try park(work, waitingIn: transaction)
                return .waiting
            case .prepared(let handler, let outcome):
                let start = transaction.now
                try run(handler, outcome: outcome, for: work, transaction)
                if case .parked(let id, _) = work.origin {
                    try transaction.execute("DELETE FROM tidings_parked WHERE id = \(id)")
                }
                return .handled(transaction.now - start)
            case .failed(let error, let isPermanent):
                throw Failure(error: error, isPermanent: isPermanent)
            case .released, .skipped:
                return .duplicate
            }
        } catch let error as TidingsError where error.isOutage {
            // The whole transaction goes back, and the batch with it.
            throw error
        } catch {
            let failure =
                error as? Failure
                ?? Failure(error: error, isPermanent: (error as? TidingsError)?.isPermanent == true)
            let isDead = try park(work, failedWith: failure, handler: table.handlers[work.handler].name, transaction)
            return .failed(failure.error, isDead: isDead)
        }
    }

    private func run(
        _ handler: PreparedHandler, outcome: EventBytes?, for work: Work, _ transaction: Transaction
    ) throws {
        transaction.cause = work.event
        defer { transaction.cause = nil }
        try withSpan("handle \(work.event.type)", context: work.event.serviceContext, ofKind: .consumer) { span in
            span.attributes["messaging.consumer.group.name"] = name
            span.attributes["tidings.handler"] = handlers[work.handler].name
            return try transaction.savepoint { try handler.apply(outcome, transaction) }
        }
    }

    /// An attempt that has failed.
    struct Failure: Error {
        let error: any Error
        let isPermanent: Bool
    }
}
