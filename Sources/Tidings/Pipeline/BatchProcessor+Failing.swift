import TidingsRouting

extension BatchProcessor {
    /// Parks an event whose attempt failed, or makes it a dead letter if that was its last.
    func fail(_ event: TakenEvent, with error: any Error, in transaction: Transaction) throws -> Verdict {
        let (failure, isPostponed) = failure(of: event, with: error, at: transaction.now)
        if let claim = event.claim {
            try parked.fail(claim.id, with: failure, at: transaction.now, in: transaction.connection)
        } else {
            try parked.insert(
                event.event, key: event.key, failedWith: failure, isInInbox: event.handler != nil,
                at: transaction.now, in: transaction.connection)
        }
        return isPostponed ? .postponed(error) : .failed(error, isDead: failure.retryAt == nil)
    }

    /// Makes a dead letter of an event that no handler takes, which is not entered in the inbox: a member of another
    /// version may handle it, or another form of it.
    func refuse(_ event: TakenEvent, in transaction: Transaction) throws -> Verdict {
        if try !inbox.claimed(among: [event.event], in: transaction.connection).isEmpty {
            if let claim = event.claim { try parked.remove(claim.id, in: transaction.connection) }
            return .duplicate
        }
        return try fail(
            event, with: NotRetryable("no handler for \(event.event.type) in \(consumer)"), in: transaction)
    }

    /// Parks the events that a saga had kept until it was started and then refused.
    func parkRefused(in transaction: Transaction) throws -> Finished {
        defer { transaction.refusedEvents = [] }
        return try transaction.refusedEvents.map { refused, error in
            let early = TakenEvent(
                event: refused, origin: .saga, handler: handlers.index(for: refused.type), key: refused.lineKey,
                state: .failed(error))
            return (early, try fail(early, with: error, in: transaction))
        }
    }

    /// What a failed attempt means for an event: another attempt, and when, or none.
    private func failure(
        of event: TakenEvent, with error: any Error, at now: Timestamp
    ) -> (ParkedEvents.Failure, isPostponed: Bool) {
        let policy = event.handler.flatMap { handlers[$0].options.retry } ?? options.retry
        var failure = ParkedEvents.Failure(
            error: error, handler: name(of: event), attempts: event.attempts, retryAt: nil)
        if error.isOutage || error.isUnreadable {
            let since = event.claim?.unavailableSince ?? now
            failure.unavailableSince = since
            if error.isUnreadable || now - since < options.outageHorizon {
                // As long again as it has lasted, a minute at most.
                let delay = min(max(now - since, .seconds(1)), .seconds(60))
                failure.retryAt = now + delay * (0.5 + database.environment.random() / 2)
                failure.attempts -= 1
                return (failure, true)
            }
        }
        if !error.isPermanent, event.attempts < policy.maximumAttempts {
            let delay =
                (error as? RetryAfter)?.delay
                ?? policy.delay(afterAttempt: event.attempts, random: database.environment.random())
            failure.retryAt = now + delay
        }
        return (failure, false)
    }
}

extension Error {
    /// Whether another attempt at the same event must end the same way.
    var isPermanent: Bool { self is NotRetryable || (self as? TidingsError)?.isPermanent == true }

    /// Whether a database, a bus or a service was not available.
    var isOutage: Bool { (self as? TidingsError)?.isOutage == true }

    /// Whether what a service has kept cannot be read by this version of it.
    var isUnreadable: Bool { (self as? TidingsError)?.code == .unreadable }
}
