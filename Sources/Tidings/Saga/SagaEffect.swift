/// What a transition asks for besides its new state.
public struct SagaEffect: Sendable {
    enum Kind: Sendable {
        case publish(any Event)
        case step(name: String, undo: (any Event)?, proof: EventType?)
        case compensate(reason: String)
        case complete
        case fail(reason: String)
    }

    let kind: Kind

    /// Publishes an event.
    public static func publish(_ event: some Event) -> SagaEffect {
        SagaEffect(kind: .publish(event))
    }

    /// Notes that a step was done, and what undoes it.
    ///
    /// The undoing event is stored now, so that a compensation never has to read old events. In a saga that is being
    /// compensated already, the step is undone at once.
    /// - Parameters:
    ///   - name: the step, as a person reads it.
    ///   - undo: the event that asks for it to be undone; `nil` where another event of the saga does, in which case its
    ///     proof is waited for and nothing is asked again.
    ///   - proof: the event that proves it undone, declared by ``Saga/Undone``; without one, asking is enough.
    public static func step(
        _ name: String, undo: (any Event)? = nil, undoneBy proof: (any Event.Type)? = nil
    ) -> SagaEffect {
        SagaEffect(kind: .step(name: name, undo: undo, proof: proof?.type))
    }

    /// Undoes the steps that were done, the last one first, each after the proof of the one before. Steps without an
    /// undoing event of their own wait for their proofs together.
    public static func compensate(reason: String) -> SagaEffect {
        SagaEffect(kind: .compensate(reason: reason))
    }

    /// Ends the saga well.
    public static var complete: SagaEffect { SagaEffect(kind: .complete) }

    /// Ends the saga without undoing anything.
    public static func fail(reason: String) -> SagaEffect {
        SagaEffect(kind: .fail(reason: reason))
    }
}
