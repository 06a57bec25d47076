import TidingsRouting

/// One saga with what the runtime knows of it.
package struct SagaInstance<S: Saga>: Sendable {
    /// `nil` while only early events have come.
    package var saga: S?
    package var status: SagaStatus
    package var journal: SagaJournal
    /// When it was started; until then, when the first event came for it.
    var startedAt: Timestamp

    /// A saga that no event has come for.
    static func unknown(at now: Timestamp) -> SagaInstance {
        SagaInstance(saga: nil, status: .early, journal: SagaJournal(), startedAt: now)
    }

    /// When it has to be looked at without an event.
    package var wakeAt: Timestamp? { journal.wakeAt }

    var stageName: String? { saga.map { Self.name(of: $0.stage) } }

    /// A stage as it is kept and shown: its raw text if it has one.
    static func name(of stage: S.Stage) -> String {
        (stage as? any RawRepresentable)?.rawValue as? String ?? "\(stage)"
    }
}

/// One change of a saga: a value that takes an event or the passing of time, and then holds the new instance, what it
/// publishes, and the new lines of its history. It does no I/O.
package struct SagaTurn<S: Saga>: Sendable {
    /// An event that the saga publishes: at once, or at a moment to come.
    package struct Publication: Sendable {
        package let event: EncodedEvent
        package var at: Timestamp?
    }

    private let definition: SagaDefinition<S>
    private let now: Timestamp
    package var instance: SagaInstance<S>
    /// What the saga publishes, in order.
    package var publications: [Publication] = []
    /// What happened, in order.
    package private(set) var history: [SagaHistoryEntry] = []
    /// Events that were kept until the saga was started, and that it then refused.
    package private(set) var refused: [(event: Envelope, error: any Error)] = []

    /// Begins a turn.
    /// - Parameter instance: the saga as it was; `nil` if it is not known.
    package init(_ definition: SagaDefinition<S>, _ instance: SagaInstance<S>?, at now: Timestamp) {
        self.definition = definition
        self.now = now
        self.instance = instance ?? .unknown(at: now)
    }

    /// Takes an event.
    package mutating func receive(_ event: SagaEvent<S>) throws {
        if instance.saga != nil {
            // A saga that exists is not started again.
            if event.start == nil || event.hasTransitions { try perform(event) }
        } else if let start = event.start {
            try begin(try start(), by: event)
        } else {
            try keep(event)
        }
    }

    /// Lets time pass: runs the time-outs that are due, and asks again for compensations that have not come.
    package mutating func wake() throws {
        if let end = instance.journal.stageTimeout, end <= now, let stage = instance.saga?.stage {
            instance.journal.stageTimeout = nil
            if let timeout = definition.stageTimeouts[stage] { try change("time-out", timeout.body) }
        }
        for (name, end) in instance.journal.timeouts.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
        where end <= now && instance.journal.timeouts[name] == end {
            instance.journal.timeouts[name] = nil
            if let body = definition.namedTimeouts[name] { try change("time-out \(name)", body) }
        }
        if let due = instance.journal.compensationTimeout, due <= now {
            try missCompensation()
        }
        // A person may have resolved or retried a step behind which others wait.
        if instance.status == .compensating { compensate() }
    }

    // MARK: Events

    private mutating func begin(_ saga: S, by event: SagaEvent<S>) throws {
        let envelope = event.envelope
        instance.saga = saga
        instance.status = .running
        instance.startedAt = now
        instance.journal.correlationID = envelope.correlationID ?? envelope.id.rawValue
        note(envelope.type.rawValue, to: instance.stageName, event: envelope.id)
        startStageTimeout()
        if event.hasTransitions { try perform(event) }
        let early = instance.journal.early
        instance.journal.early = []
        for kept in early { take(early: try Envelope(json: kept)) }
    }

    /// Takes an event that was kept. If it is refused, the others and the start stand.
    private mutating func take(early envelope: Envelope) {
        var turn = self
        do {
            let event: SagaEvent<S>
            do { event = try definition.event(envelope) } catch { throw NotRetryable(cause: error) }
            try turn.perform(event)
            self = turn
        } catch {
            refused.append((envelope, error))
        }
    }

    /// Keeps an event that came before its saga was started.
    private mutating func keep(_ event: SagaEvent<S>) throws {
        guard instance.journal.early.count < SagaJournal.earlyLimit else {
            throw TidingsError(
                .invalid, "\(SagaJournal.earlyLimit) events have come for a \(S.name) that was never started")
        }
        instance.journal.early.append(event.envelope.json)
        note("early \(event.envelope.type)", event: event.envelope.id)
    }

    private mutating func perform(_ event: SagaEvent<S>) throws {
        confirmCompensations(by: event.types)
        try change(event.envelope.type.rawValue, event: event.envelope.id) { saga in
            try event.transition(&saga)
        }
        if instance.status == .compensating || instance.status == .stuck { compensate() }
    }

    private mutating func change(
        _ what: String, event: EventID? = nil, _ body: (inout S) throws -> [SagaEffect]
    ) throws {
        guard var saga = instance.saga else { return }
        let before = saga.stage
        let effects = try body(&saga)
        instance.saga = saga
        note(what, from: SagaInstance<S>.name(of: before), to: SagaInstance<S>.name(of: saga.stage), event: event)
        if before != saga.stage { startStageTimeout() }
        for effect in effects { try apply(effect) }
        if instance.status.isOver { clearTimeouts() }
    }

    private mutating func startStageTimeout() {
        instance.journal.stageTimeout =
            instance.saga.flatMap { definition.stageTimeouts[$0.stage] }.map { now + $0.after }
    }

    private mutating func clearTimeouts() {
        instance.journal.stageTimeout = nil
        instance.journal.timeouts = [:]
    }

    mutating func note(_ what: String, from: String? = nil, to: String? = nil, event: EventID? = nil) {
        history.append(SagaHistoryEntry(at: now, what: what, eventID: event?.rawValue, from: from, to: to))
        instance.journal.historyCount += 1
    }

    // MARK: Effects

    private mutating func apply(_ effect: SagaEffect) throws {
        switch effect.kind {
        case .publish(let event, let delay):
            publications.append(Publication(event: try EncodedEvent(event), at: delay.map { now + $0 }))
        case .step(let name, let compensation, let compensatedBy):
            let encoded = try compensation.map { try EncodedEvent($0) }
            // What could not be published later is refused now, while the event that asks for it can still fail.
            try encoded?.envelope(id: "compensation", source: "compensation", time: now).validate(isValidated: true)
            instance.journal.steps.append(
                SagaStep(
                    name: name, status: .done, attempts: 0, compensation: encoded, compensatedBy: compensatedBy))
            // A step that is done after the saga was compensated is compensated too.
            if [.compensating, .compensated, .failed, .stuck].contains(instance.status) {
                instance.status = .compensating
                compensate()
            }
        case .compensate(let reason):
            guard instance.status == .running || instance.status == .completed else { return }
            instance.status = .compensating
            instance.journal.reason = reason
            compensate()
        case .complete:
            end(as: .completed)
        case .fail(let reason):
            instance.journal.reason = instance.journal.reason ?? reason
            end(as: .failed)
        case .setTimeout(let name, let delay):
            guard definition.namedTimeouts[ByteText(name)] != nil else {
                throw TidingsError(
                    .misconfigured,
                    "\(S.name) sets the time-out \(name) and does not declare it; add Timeout(\"\(name)\")")
            }
            instance.journal.timeouts[ByteText(name)] = now + delay
        case .cancelTimeout(let name):
            instance.journal.timeouts[ByteText(name)] = nil
        }
    }

    /// Ends a saga that runs; a time-out of the stage in which it ended must not end it again.
    private mutating func end(as status: SagaStatus) {
        guard instance.status == .running else { return }
        instance.status = status
        clearTimeouts()
    }

    // MARK: Compensation

    /// An event of these types confirms the compensation of the steps that asked for it; if none did, of those that were
    /// done.
    private mutating func confirmCompensations(by types: [EventType]) {
        let confirmed = instance.journal.steps.indices.filter { index in
            let step = instance.journal.steps[index]
            return step.status != .compensated && step.compensatedBy.map(types.contains) == true
        }
        let asked = confirmed.filter { instance.journal.steps[$0].status != .done }
        for index in asked.isEmpty ? confirmed : asked { instance.journal.steps[index].status = .compensated }
    }

    /// Asks for the next compensations, from the last step back to the first that has to be waited for.
    private mutating func compensate() {
        askForCompensations()
        let statuses = instance.journal.steps.map(\.status)
        if !statuses.contains(.compensating) { instance.journal.compensationTimeout = nil }
        if statuses.contains(.stuck) {
            instance.status = .stuck
        } else if statuses.allSatisfy({ $0 == .compensated }) {
            instance.status = .compensated
            clearTimeouts()
        } else {
            instance.status = .compensating
        }
    }

    private mutating func askForCompensations() {
        var mustWait = false
        for index in instance.journal.steps.indices.reversed() {
            var step = instance.journal.steps[index]
            if step.status == .compensated { continue }
            if step.status == .done {
                // A step with a compensation of its own is asked once all that was done later is compensated.
                if mustWait && step.compensation != nil { return }
                step.attempts = 1
                step.status = step.compensatedBy == nil ? .compensated : .compensating
                if let compensation = step.compensation { publications.append(Publication(event: compensation)) }
                if step.status == .compensating { startCompensationTimeout() }
                instance.journal.steps[index] = step
                note("compensate \(step.name)")
            }
            mustWait = mustWait || step.status != .compensated
            // What was done before it comes after it.
            if mustWait && step.compensation != nil { return }
        }
    }

    private mutating func startCompensationTimeout() {
        instance.journal.compensationTimeout = now + S.compensation.timeout
    }

    /// A compensation was not confirmed in time: asks again, or gives up.
    private mutating func missCompensation() throws {
        instance.journal.compensationTimeout = nil
        var stuck: [String] = []
        for index in instance.journal.steps.indices.reversed()
        where instance.journal.steps[index].status == .compensating {
            let step = instance.journal.steps[index]
            if step.attempts < S.compensation.maximumAttempts {
                instance.journal.steps[index].attempts += 1
                if let compensation = step.compensation {
                    publications.append(Publication(event: compensation))
                    note("compensate \(step.name) again")
                } else {
                    note("\(step.name) still waits for \(step.compensatedBy?.rawValue ?? "its compensation")")
                }
                startCompensationTimeout()
            } else {
                instance.journal.steps[index].status = .stuck
                instance.status = .stuck
                note("gave up compensating \(step.name)")
                stuck.append(step.name)
            }
        }
        guard !stuck.isEmpty, !instance.journal.hasHandledFailure, let body = definition.compensationFailed else {
            return
        }
        instance.journal.hasHandledFailure = true
        try change("compensation failed") { try body(&$0, stuck.joined(separator: ", ")) }
    }
}
