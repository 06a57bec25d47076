/// One saga with what the runtime knows of it.
package struct SagaInstance<S: Saga>: Sendable {
    /// `nil` while only early events have come.
    package var saga: S?
    package var status: SagaStatus
    package var journal: SagaJournal
    /// When it was started; until then, when the first event came for it.
    var startedAt: Timestamp

    /// When it has to be looked at without an event.
    package var wakeAt: Timestamp? {
        switch (journal.stageEnds, journal.proofDue) {
        case (let stage?, let proof?): min(stage, proof)
        case (let stage, let proof): stage ?? proof
        }
    }

    var stageName: String? { saga.map { Self.name(of: $0.stage) } }

    /// A stage as it is kept and shown: its raw text where it has one.
    static func name(of stage: S.Stage) -> String {
        (stage as? any RawRepresentable)?.rawValue as? String ?? "\(stage)"
    }
}

/// What a saga publishes.
package enum SagaPublication: Sendable {
    case event(any Event)
    case stored(StoredEvent)
}

/// Runs sagas of one kind: a pure function from an instance and an event to a new instance and what it publishes.
package struct SagaMachine<S: Saga>: Sendable {
    let definition: SagaDefinition<S>

    package init() {
        definition = S.definition
    }

    /// The id of the saga that an event is for.
    package func id(in event: Envelope) throws -> String {
        guard let id = try reaction(to: event).id?(event), !id.isEmpty else {
            throw TidingsError(.undecodable, "\(event.type) \(event.id) names no \(S.name)")
        }
        return id
    }

    /// What an event does to a saga.
    /// - Parameter instance: the saga as it was; `nil` where it is not known.
    package func receive(
        _ event: Envelope, _ instance: SagaInstance<S>?, at now: Timestamp
    ) throws -> (SagaInstance<S>, [SagaPublication]) {
        let reaction = try reaction(to: event)
        var instance = instance ?? SagaInstance(saga: nil, status: .early, journal: SagaJournal(), startedAt: now)
        var published: [SagaPublication] = []
        if instance.saga == nil {
            guard let start = reaction.start else {
                try keep(event, in: &instance, at: now)
                return (instance, [])
            }
            instance.saga = try start(event)
            instance.status = .running
            instance.startedAt = now
            instance.journal.correlationID = event.correlationID ?? event.id.rawValue
            instance.journal.note(
                event.type.rawValue, from: nil, to: instance.stageName, at: now, event: event.id)
            startTimer(of: &instance, at: now)
            if !reaction.transitions.isEmpty { try perform(reaction, event, &instance, &published, at: now) }
            let early = instance.journal.early
            instance.journal.early = []
            for kept in early {
                let event = try Envelope(binary: kept.envelope[...])
                try perform(try self.reaction(to: event), event, &instance, &published, at: now)
            }
        } else if reaction.start == nil || !reaction.transitions.isEmpty {
            try perform(reaction, event, &instance, &published, at: now)
        }
        return (instance, published)
    }

    /// What the passing of time does to a saga.
    package func wake(
        _ instance: SagaInstance<S>, at now: Timestamp
    ) throws -> (SagaInstance<S>, [SagaPublication]) {
        var instance = instance
        var published: [SagaPublication] = []
        if let ends = instance.journal.stageEnds, ends <= now, let stage = instance.saga?.stage {
            instance.journal.stageEnds = nil
            if let timer = definition.timers[stage] {
                try change("time-out", nil, &instance, &published, at: now, timer.run)
            }
        }
        if let due = instance.journal.proofDue, due <= now {
            try missProof(&instance, &published, at: now)
        }
        return (instance, published)
    }

    // MARK: Events

    private func reaction(to event: Envelope) throws -> SagaDefinition<S>.Reaction {
        if let reaction = definition.reactions[event.type] { return reaction }
        guard let older = definition.reactions.values.first(where: { $0.types.contains(event.type) }) else {
            throw TidingsError(.undecodable, "\(S.name) does not take events of type \(event.type)")
        }
        return older
    }

    /// Keeps an event that came before its saga was started.
    private func keep(_ event: Envelope, in instance: inout SagaInstance<S>, at now: Timestamp) throws {
        guard instance.journal.early.count < SagaJournal.earlyLimit else {
            throw TidingsError(
                .invalid, "\(SagaJournal.earlyLimit) events have come for a \(S.name) that was never started")
        }
        instance.journal.early.append(SagaJournal.EarlyEvent(envelope: event.binary()))
        instance.journal.note("early \(event.type)", from: nil, to: nil, at: now, event: event.id)
    }

    private func perform(
        _ reaction: SagaDefinition<S>.Reaction, _ event: Envelope, _ instance: inout SagaInstance<S>,
        _ published: inout [SagaPublication], at now: Timestamp
    ) throws {
        noteProof(reaction.types, &instance)
        let stage = instance.saga?.stage
        let transition = reaction.transitions.first { $0.stage == nil || $0.stage == stage }
        try change(event.type.rawValue, event.id, &instance, &published, at: now) { saga in
            try transition?.run(&saga, event) ?? []
        }
        if instance.status == .compensating || instance.status == .stuck {
            try compensate(&instance, &published, at: now)
        }
    }

    /// An event of these types proves undone the steps that were asked to be; where none was, those that were done.
    private func noteProof(_ types: [EventType], _ instance: inout SagaInstance<S>) {
        let proven = instance.journal.steps.indices.filter { index in
            let step = instance.journal.steps[index]
            return step.status != .undone && types.contains { $0.rawValue == step.proof }
        }
        let asked = proven.filter { instance.journal.steps[$0].status != .done }
        for index in asked.isEmpty ? proven : asked { instance.journal.steps[index].status = .undone }
    }

    private func change(
        _ what: String, _ event: EventID?, _ instance: inout SagaInstance<S>, _ published: inout [SagaPublication],
        at now: Timestamp, _ body: (inout S) throws -> [SagaEffect]
    ) throws {
        guard var saga = instance.saga else { return }
        let before = saga.stage
        let effects = try body(&saga)
        instance.saga = saga
        instance.journal.note(
            what, from: SagaInstance<S>.name(of: before), to: SagaInstance<S>.name(of: saga.stage), at: now,
            event: event)
        if before != saga.stage { startTimer(of: &instance, at: now) }
        for effect in effects { try apply(effect, &instance, &published, at: now) }
        if instance.status.isOver { instance.journal.stageEnds = nil }
    }

    private func startTimer(of instance: inout SagaInstance<S>, at now: Timestamp) {
        instance.journal.stageEnds = instance.saga.flatMap { definition.timers[$0.stage] }.map { now + $0.after }
    }

    private func apply(
        _ effect: SagaEffect, _ instance: inout SagaInstance<S>, _ published: inout [SagaPublication],
        at now: Timestamp
    ) throws {
        switch effect.kind {
        case .publish(let event):
            published.append(.event(event))
        case .step(let name, let undo, let proof):
            let stored = try undo.map { try StoredEvent($0) }
            instance.journal.steps.append(
                SagaStep(name: name, status: .done, attempts: 0, undo: stored, proof: proof?.rawValue))
            // A step that turns out to be done after the saga was undone is undone too.
            if [.compensating, .compensated, .failed, .stuck].contains(instance.status) {
                instance.status = .compensating
                try compensate(&instance, &published, at: now)
            }
        case .compensate(let reason):
            guard instance.status == .running || instance.status == .completed else { return }
            instance.status = .compensating
            instance.journal.reason = reason
            try compensate(&instance, &published, at: now)
        case .complete:
            end(&instance, as: .completed)
        case .fail(let reason):
            instance.journal.reason = instance.journal.reason ?? reason
            end(&instance, as: .failed)
        }
    }

    /// Ends a saga that runs; a time-out of the stage in which it ended must not end it again.
    private func end(_ instance: inout SagaInstance<S>, as status: SagaStatus) {
        guard instance.status == .running else { return }
        instance.status = status
        instance.journal.stageEnds = nil
    }

    // MARK: Compensation

    /// Asks for the next steps to be undone, from the last one back to the first that has to be waited for.
    private func compensate(
        _ instance: inout SagaInstance<S>, _ published: inout [SagaPublication], at now: Timestamp
    ) throws {
        ask(&instance, &published, at: now)
        let statuses = instance.journal.steps.map(\.status)
        if !statuses.contains(.undoing) { instance.journal.proofDue = nil }
        if statuses.contains(.stuck) {
            instance.status = .stuck
        } else if statuses.allSatisfy({ $0 == .undone }) {
            instance.status = .compensated
            instance.journal.stageEnds = nil
        } else {
            instance.status = .compensating
        }
    }

    private func ask(_ instance: inout SagaInstance<S>, _ published: inout [SagaPublication], at now: Timestamp) {
        var waits = false
        for index in instance.journal.steps.indices.reversed() {
            var step = instance.journal.steps[index]
            if step.status == .undone { continue }
            if step.status == .done {
                // What has an undoing event of its own is asked for it once all that was done later is undone.
                if waits && step.undo != nil { return }
                step.attempts = 1
                step.status = step.proof == nil ? .undone : .undoing
                if let undo = step.undo { published.append(.stored(undo)) }
                if step.status == .undoing { instance.journal.proofDue = now + S.compensation.patience }
                instance.journal.steps[index] = step
                instance.journal.note("undo \(step.name)", from: nil, to: nil, at: now)
            }
            waits = waits || step.status != .undone
            // What was done before it comes after it.
            if waits && step.undo != nil { return }
        }
    }

    /// A proof stayed away: asks again, or gives up.
    private func missProof(
        _ instance: inout SagaInstance<S>, _ published: inout [SagaPublication], at now: Timestamp
    ) throws {
        instance.journal.proofDue = nil
        var stuck: [String] = []
        for index in instance.journal.steps.indices.reversed() where instance.journal.steps[index].status == .undoing {
            let step = instance.journal.steps[index]
            if step.attempts < S.compensation.maximumAttempts {
                instance.journal.steps[index].attempts += 1
                if let undo = step.undo { published.append(.stored(undo)) }
                let what = step.undo == nil ? "still waits for \(step.proof ?? "") of" : "asks again to undo"
                instance.journal.note("\(what) \(step.name)", from: nil, to: nil, at: now)
                instance.journal.proofDue = now + S.compensation.patience
            } else {
                instance.journal.steps[index].status = .stuck
                instance.status = .stuck
                instance.journal.note("gave up undoing \(step.name)", from: nil, to: nil, at: now)
                stuck.append(step.name)
            }
        }
        guard !stuck.isEmpty, !instance.journal.hasGivenUp, let surrender = definition.surrender else { return }
        instance.journal.hasGivenUp = true
        try change("given up", nil, &instance, &published, at: now) {
            try surrender(&$0, stuck.joined(separator: ", "))
        }
    }
}
