import Tracing

/// Handles the events of a saga in a subscriber: its state lives in the subscriber's database.
///
/// ```swift
/// Subscriber("checkout", bus: bus, database: database, logger: logger) {
///     SagaHandler(Checkout.self)
/// }
/// ```
public struct SagaHandler<S: Saga>: SubscriberPart {
    private let source: EventSource

    /// Handles the events of a kind of saga. Subscribers of one database that handle the same kind have sagas of their own,
    /// also of the same ids.
    /// - Parameters:
    ///   - saga: the saga.
    ///   - source: whose events; those of the own system unless it says otherwise.
    public init(_ saga: S.Type, from source: EventSource = .scope) {
        self.source = source
    }

    /// Adds the saga's events and time-outs to a subscriber.
    public func add(to parts: inout SubscriberParts) {
        let runner = SagaRunner(S.definition)
        parts.mistakes += runner.definition.mistakes
        do throws(TidingsError) {
            try PlainName.check(S.name, as: "the name of a saga")
        } catch {
            parts.mistakes.append(error.message)
        }
        for reaction in runner.definition.reactions {
            parts.handlers.append(
                EventHandler(
                    name: "SagaHandler(\(S.self), \(reaction.types[0]))", types: reaction.types, source: source
                ) { envelope, consumer in
                    let event = try reaction.prepare(envelope)
                    return PreparedHandler { _, transaction in
                        try runner.receive(event, for: consumer, in: transaction)
                    }
                })
        }
        parts.timers.append(runner)
    }
}

/// What wakes the sagas of one kind.
protocol SagaTimer: Sendable {
    /// Wakes the loop that wakes the sagas.
    var alarm: TimerAlarm { get }

    /// Wakes the sagas of a consumer group that are due.
    /// - Returns: when the next one is.
    func wakeDue(of consumer: String, in database: ServiceDatabase) async throws -> Timestamp?
}

/// Loads a saga, lets it take a turn, saves it, and publishes what it asks for.
struct SagaRunner<S: Saga>: SagaTimer {
    let definition: SagaDefinition<S>
    let alarm = TimerAlarm()
    private let name = S.name
    /// How many sagas are woken in one transaction.
    private let batchSize = 100
    /// How long a saga is left that could not be woken.
    private let postponement = Duration.seconds(60)
    /// How often a time-out is begun and not ended before the saga is woken alone.
    private let suspicion = 3

    init(_ definition: SagaDefinition<S>) {
        self.definition = definition
    }

    func receive(_ event: SagaEvent<S>, for consumer: String, in transaction: Transaction) throws {
        let sagas = SagaInstances(of: consumer, name)
        let row = try find(event.id, among: sagas, in: transaction)
        try take(row, of: event.id, among: sagas, at: transaction.now, handlesEvent: true, in: transaction) {
            try $0.receive(event)
        }
    }

    func wakeDue(of consumer: String, in database: ServiceDatabase) async throws -> Timestamp? {
        let sagas = SagaInstances(of: consumer, name)
        var failure: TidingsError?
        while true {
            let now = database.environment.now()
            let (due, next) = try await database.read { [batchSize] in
                try sagas.due(atMost: batchSize, at: now, in: $0)
            }
            guard !due.isEmpty else {
                if let failure { throw failure }
                return next
            }
            let gate = database.environment.suspects
            let others = due.filter { $0.begun < suspicion }
            if !others.isEmpty {
                let some = try await gate.pass { try await wake(others, of: sagas, at: now, in: database) }
                failure = failure ?? some
            }
            for suspect in due where suspect.begun >= suspicion {
                if suspect.begun >= SagaInstances.conviction {
                    failure = try await giveUp(suspect, in: database)
                } else {
                    let one = try await gate.alone { try await wake([suspect], of: sagas, at: now, in: database) }
                    failure = failure ?? one
                }
            }
        }
    }

    private func wake(
        _ due: [SagaInstances.Due], of sagas: SagaInstances, at now: Timestamp, in database: ServiceDatabase
    ) async throws -> TidingsError? {
        let places = due.map(\.place)
        // What kills this process is known by this.
        try await database.engine.write(.relaxed) { try SagaInstances.begin(places, in: $0) }
        do {
            return try await withSpan("wake \(name)") { _ in
                try await database.transaction { try wake(due, of: sagas, at: now, in: $0) }
            }
        } catch {
            try? await database.engine.write(.relaxed) { try SagaInstances.unbegin(places, in: $0) }
            throw error
        }
    }

    private func giveUp(_ saga: SagaInstances.Due, in database: ServiceDatabase) async throws -> TidingsError {
        let now = database.environment.now()
        try await database.engine.write { try SagaInstances.giveUp(saga.place, at: now, in: $0) }
        return TidingsError(
            .unreadable,
            "the time-out of \(name) \(saga.id) was begun \(saga.begun) times and never ended: it seems to kill its service"
        )
    }

    /// Wakes sagas; one that cannot be woken is left for a while, and does not keep the others.
    /// - Returns: what the first of those threw.
    private func wake(
        _ due: [SagaInstances.Due], of sagas: SagaInstances, at now: Timestamp, in transaction: Transaction
    ) throws -> TidingsError? {
        var failure: TidingsError?
        for (place, id, _) in due {
            do {
                try transaction.savepoint {
                    guard let row = try find(id, among: sagas, in: transaction) else { return }
                    try take(row, of: id, among: sagas, at: now, handlesEvent: false, in: transaction) {
                        try $0.wake()
                    }
                }
            } catch {
                if let outage = transaction.outage { throw outage }
                failure = failure ?? TidingsError(.unreadable, "\(name) \(id) could not be woken", cause: error)
                try SagaInstances.postpone(place, at: now, until: now + postponement, in: transaction)
            }
        }
        return failure
    }

    private func take(
        _ old: (row: SagaInstances.Row, instance: SagaInstance<S>)?, of id: String, among sagas: SagaInstances,
        at now: Timestamp, handlesEvent: Bool, in transaction: Transaction, _ body: (inout SagaTurn<S>) throws -> Void
    ) throws {
        var turn = SagaTurn(definition, old?.instance, at: now)
        try body(&turn)
        var row = try turn.instance.row(at: now)
        if let old, handlesEvent, old.instance.wakeAt == row.wakeAt {
            // No event changes what became of a time-out.
            (row.wakeAt, row.begun) = (old.row.wakeAt, old.row.begun)
            if old.row.status != .stuck { row.stuckSince = old.row.stuckSince }
        }
        if row.status == .stuck { row.stuckSince = old?.row.stuckSince ?? now }
        if let end = row.wakeAt, end != old?.row.wakeAt { transaction.set(alarm, for: end) }
        try sagas.save(row, of: id, over: old?.row, history: turn.history, in: transaction)
        for publication in turn.publications {
            try transaction.publish(
                publication.event, at: publication.at, correlationID: turn.instance.journal.correlationID)
        }
        transaction.refusedEvents += turn.refused
    }

    /// Reads a saga. What this version cannot read another one may: no event is to blame for it.
    private func find(
        _ id: String, among sagas: SagaInstances, in transaction: Transaction
    ) throws -> (row: SagaInstances.Row, instance: SagaInstance<S>)? {
        do {
            return try sagas.find(id, in: transaction).map { ($0, try SagaInstance($0)) }
        } catch {
            if let outage = transaction.outage { throw outage }
            throw TidingsError(.unreadable, "\(name) \(id) cannot be read by this version of its service", cause: error)
        }
    }
}

extension SagaInstance {
    /// Reads a saga from its row.
    fileprivate init(_ row: SagaInstances.Row) throws {
        let saga = try row.state.map { state in
            row.stateVersion == S.stateVersion
                ? try EventCoding.decode(S.self, from: state) : try S.migrate(state, from: row.stateVersion)
        }
        self.init(saga: saga, status: row.status, journal: row.journal, startedAt: row.startedAt)
    }

    fileprivate func row(at now: Timestamp) throws -> SagaInstances.Row {
        SagaInstances.Row(
            status: status, stage: stageName, stateVersion: S.stateVersion,
            state: try saga.map { try EventCoding.encode($0) }, journal: journal, wakeAt: wakeAt,
            startedAt: startedAt, updatedAt: now)
    }
}
