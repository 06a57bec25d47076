import TidingsRouting
import Tracing

extension BatchProcessor {
    /// Thrown out of a transaction in which a handler failed.
    private struct HandlerFailed: Error {
        /// The place of its event in the batch.
        let index: Int
        let error: any Error
    }

    typealias Finished = [(event: TakenEvent, verdict: Verdict)]

    /// Handles events in one transaction: enters them in the inbox, runs their handlers, and parks what failed.
    ///
    /// A savepoint costs more than most handlers, so there is none at first. If a handler fails, all of it is rolled back
    /// and done again without that handler, with a savepoint for each of the others.
    /// - Throws: an outage of the database; nothing was done then.
    func handle(_ events: [TakenEvent]) async throws -> Finished {
        guard !events.isEmpty else { return [] }
        var events = events
        var withSavepoints = false
        while true {
            do {
                return try await database.transaction(trace: nil) { [events, withSavepoints] in
                    try handle(events, withSavepoints: withSavepoints, in: $0)
                }
            } catch let failure as HandlerFailed {
                events[failure.index].state = .failed(failure.error)
                withSavepoints = true
            }
        }
    }

    private func handle(
        _ events: [TakenEvent], withSavepoints: Bool, in transaction: Transaction
    ) throws -> Finished {
        let connection = transaction.connection
        let held = try parked.held(events.compactMap(\.claim), in: connection)
        func isHeld(_ event: TakenEvent) -> Bool { event.claim.map { held.contains($0.id) } ?? true }
        let entering = events.filter { $0.isToBeEntered && isHeld($0) }
        var isNew = try inbox.claim(entering.map(\.event), at: transaction.now, in: connection).makeIterator()
        var blocked = try parked.blockedKeys(
            among: events.filter { $0.receipt != nil }.compactMap(\.key), in: connection)
        var finished: Finished = []
        finished.reserveCapacity(events.count)
        // Those that no handler takes come last: another form of one may be handled in this batch.
        let unhandled = events.indices.filter { events[$0].isUnhandled }
        let others = unhandled.isEmpty ? Array(events.indices) : events.indices.filter { !events[$0].isUnhandled }
        for index in others + unhandled {
            let event = events[index]
            let verdict: Verdict
            if !isHeld(event) {
                verdict = .duplicate
                // What is still held comes after it.
                if let key = event.key { blocked.insert(key) }
            } else if event.isToBeEntered, try !enter(event, isNew: isNew.next() == true, in: connection) {
                verdict = .duplicate
            } else {
                verdict = try handle(
                    event, at: index, blocked: blocked, withSavepoint: withSavepoints, in: transaction)
            }
            finished.append((event, verdict))
            if verdict.isParked, let key = event.key { blocked.insert(key) }
            if !transaction.refusedEvents.isEmpty {
                let refused = try parkRefused(in: transaction)
                finished += refused
                blocked.formUnion(refused.compactMap(\.event.key))
            }
        }
        return finished
    }

    /// Notes in the other tables that an event was entered in the inbox.
    /// - Returns: whether it is to be handled.
    private func enter(_ event: TakenEvent, isNew: Bool, in connection: any DatabaseConnection) throws -> Bool {
        if isNew, event.event.twinOf != nil {
            try parked.removeUnhandled(event.event.originalID, from: event.event.source, in: connection)
        }
        if let claim = event.claim {
            if isNew {
                try parked.enter(claim.id, as: event.event.originalID, in: connection)
            } else {
                try parked.remove(claim.id, in: connection)
            }
        }
        return isNew
    }

    private func handle(
        _ event: TakenEvent, at index: Int, blocked: Set<ByteText>, withSavepoint: Bool, in transaction: Transaction
    ) throws -> Verdict {
        if case .skipped(let verdict) = event.state {
            // It must not hold up its key for ever.
            if let claim = event.claim { try parked.remove(claim.id, in: transaction.connection) }
            return verdict
        }
        if case .suspect = event.state {
            try parked.insert(suspect: event.event, key: event.key, at: transaction.now, in: transaction.connection)
            return .waiting
        }
        if !blocked.isEmpty, let key = event.key, blocked.contains(key) {
            return try wait(event, in: transaction)
        }
        switch event.state {
        case .prepared(let handler, nil) where handler.effect != nil:
            // Its key was blocked when effects ran and is not any more; its turn comes with the parked ones.
            return try wait(event, in: transaction)
        case .prepared(let handler, let outcome):
            let start = database.environment.time.uptime()
            do {
                try run(handler, with: outcome, for: event, withSavepoint: withSavepoint, in: transaction)
            } catch {
                // The whole transaction is rolled back, and the batch is given back.
                if let outage = transaction.outage { throw outage }
                // A transaction that a person has cancelled may be rolled back already, savepoints and all.
                guard withSavepoint, !transaction.progress.isCancelled else {
                    throw HandlerFailed(index: index, error: error)
                }
                return try fail(event, with: error, in: transaction)
            }
            if let claim = event.claim { try parked.remove(claim.id, in: transaction.connection) }
            return .handled(database.environment.time.uptime() - start)
        case .failed(let error):
            return try fail(event, with: error, in: transaction)
        case .unhandled:
            return try refuse(event, in: transaction)
        case .released, .skipped, .suspect:
            return .duplicate
        }
    }

    private func run(
        _ handler: PreparedHandler, with outcome: EventBytes?, for event: TakenEvent, withSavepoint: Bool,
        in transaction: Transaction
    ) throws {
        transaction.handledEvent = event.event
        transaction.refusedEvents = []
        defer { transaction.handledEvent = nil }
        try withEventSpan("handle", event.event, ofKind: .consumer) { span in
            span?.attributes["messaging.consumer.group.name"] = consumer
            span?.attributes["tidings.handler"] = name(of: event)
            if withSavepoint {
                try transaction.savepoint { try handler.handle(outcome, transaction) }
            } else {
                try handler.handle(outcome, transaction)
            }
        }
    }

    /// Parks an event behind earlier ones of its key. An event that is parked already stays, its attempt not counted.
    private func wait(_ event: TakenEvent, in transaction: Transaction) throws -> Verdict {
        if let claim = event.claim {
            try parked.restore([claim], at: transaction.now, in: transaction.connection)
        } else {
            try parked.insert(waiting: event.event, at: transaction.now, in: transaction.connection)
        }
        return .waiting
    }

    /// The name of an event's handler; empty if none takes events of its type.
    func name(of event: TakenEvent) -> String { event.handler.map { handlers[$0].name } ?? "" }
}
