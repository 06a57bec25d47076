import Tracing

extension BatchProcessor {
    /// Thrown out of a transaction in which a handler failed.
    private struct HandlerFailed: Error {
        /// The place of its event in the batch.
        let index: Int
        let error: any Error
    }

    /// Handles events in one transaction: claims them in the inbox, runs their handlers, and parks what failed.
    ///
    /// A savepoint costs more than most handlers, so there is none at first. If a handler fails, all of it is rolled back
    /// and done again without that handler, with a savepoint for each of the others.
    /// - Throws: an outage; nothing was done then.
    func handle(_ events: [TakenEvent]) async throws -> [Verdict] {
        guard !events.isEmpty else { return [] }
        do {
            return try await database.transaction(trace: nil) { try handle(events, withSavepoints: false, in: $0) }
        } catch let failure as HandlerFailed {
            var events = events
            events[failure.index].state = .failed(failure.error)
            return try await database.transaction(trace: nil) { [events] in
                try handle(events, withSavepoints: true, in: $0)
            }
        }
    }

    private func handle(
        _ events: [TakenEvent], withSavepoints: Bool, in transaction: Transaction
    ) throws -> [Verdict] {
        let connection = transaction.connection
        // What was parked was claimed long ago.
        let delivered = events.filter { $0.receipt != nil }
        var isNew = try inbox.claim(delivered.map(\.event), at: transaction.now, in: connection).makeIterator()
        var blocked = try parked.blockedKeys(among: delivered.compactMap(\.key), in: connection)
        return try events.enumerated().map { index, event in
            guard event.claim != nil || isNew.next() == true else { return .duplicate }
            let verdict = try handle(
                event, at: index, blocked: blocked, withSavepoint: withSavepoints, in: transaction)
            if verdict.isParked, let key = event.key { blocked.insert(key) }
            return verdict
        }
    }

    private func handle(
        _ event: TakenEvent, at index: Int, blocked: Set<String>, withSavepoint: Bool, in transaction: Transaction
    ) throws -> Verdict {
        if case .skipped = event.state {
            // It must not hold up its key for ever.
            if let claim = event.claim { try parked.remove(claim.id, in: transaction.connection) }
            return .duplicate
        }
        if !blocked.isEmpty, let key = event.key, blocked.contains(key) {
            return try wait(event, in: transaction)
        }
        switch event.state {
        case .prepared(let handler, nil) where handler.effect != nil:
            // Its key was blocked when effects ran and is not any more; its turn comes with the parked ones.
            return try wait(event, in: transaction)
        case .prepared(let handler, let outcome):
            let start = transaction.now
            do {
                try run(handler, with: outcome, for: event, withSavepoint: withSavepoint, in: transaction)
            } catch let error as TidingsError where error.isOutage {
                // The whole transaction is rolled back, and the batch is given back.
                throw error
            } catch {
                guard withSavepoint else { throw HandlerFailed(index: index, error: error) }
                return try fail(event, with: error, in: transaction)
            }
            if let claim = event.claim { try parked.remove(claim.id, in: transaction.connection) }
            return .handled(transaction.now - start)
        case .failed(let error):
            return try fail(event, with: error, in: transaction)
        case .released, .skipped:
            return .duplicate
        }
    }

    private func run(
        _ handler: PreparedHandler, with outcome: EventBytes?, for event: TakenEvent, withSavepoint: Bool,
        in transaction: Transaction
    ) throws {
        transaction.handledEvent = event.event
        defer { transaction.handledEvent = nil }
        try withEventSpan("handle", event.event, ofKind: .consumer) { span in
            span?.attributes["messaging.consumer.group.name"] = consumer
            span?.attributes["tidings.handler"] = handlers[event.handler].name
            if withSavepoint {
                try transaction.savepoint { try handler.handle(outcome, transaction) }
            } else {
                try handler.handle(outcome, transaction)
            }
        }
    }

    /// Parks an event behind earlier ones of its key. An event that is parked already stays, its attempt not counted.
    private func wait(_ event: TakenEvent, in transaction: Transaction) throws -> Verdict {
        switch event.origin {
        case .delivery:
            try parked.insert(waiting: event.event, at: transaction.now, in: transaction.connection)
        case .parked(let claim):
            try parked.restore([claim], at: transaction.now, in: transaction.connection)
        }
        return .waiting
    }

    /// Parks an event whose attempt failed, or makes it a dead letter if that was its last.
    private func fail(_ event: TakenEvent, with error: any Error, in transaction: Transaction) throws -> Verdict {
        let handler = handlers[event.handler]
        let policy = handler.options.retry ?? options.retry
        let now = transaction.now
        var retryAt: Timestamp?
        if !error.isPermanent, event.attempts < policy.maximumAttempts {
            let delay =
                (error as? RetryAfter)?.delay
                ?? policy.delay(afterAttempt: event.attempts, random: database.environment.random())
            retryAt = now + delay
        }
        let failure = ParkedEvents.Failure(
            error: error, handler: handler.name, attempts: event.attempts, retryAt: retryAt)
        switch event.origin {
        case .delivery:
            try parked.insert(event.event, key: event.key, failedWith: failure, at: now, in: transaction.connection)
        case .parked(let claim):
            try parked.fail(claim.id, with: failure, at: now, in: transaction.connection)
        }
        return .failed(error, isDead: retryAt == nil)
    }
}

extension Error {
    /// Whether another attempt at the same event must end the same way.
    var isPermanent: Bool { self is NotRetryable || (self as? TidingsError)?.isPermanent == true }
}
