/// What a transition asks for besides its new state.
public struct SagaEffect: Sendable {
    enum Kind: Sendable {
        case publish(any Event, after: Duration?)
        case step(name: String, compensation: (any Event)?, compensatedBy: EventType?)
        case compensate(reason: String)
        case complete
        case fail(reason: String)
        case setTimeout(String, after: Duration)
        case cancelTimeout(String)
    }

    let kind: Kind

    /// Publishes an event in the transaction that saves the saga, with the correlation id of the event that started it.
    public static func publish(_ event: some Event) -> SagaEffect {
        SagaEffect(kind: .publish(event, after: nil))
    }

    /// Publishes an event later, whatever becomes of the saga: a reminder. It is kept in the outbox until then. For what a
    /// later transition may have to call off, see ``setTimeout(_:after:)``.
    public static func publish(_ event: some Event, after delay: Duration) -> SagaEffect {
        SagaEffect(kind: .publish(event, after: delay))
    }

    /// Notes that a step was done, and what compensates it.
    ///
    /// The compensating event is stored now, so that a compensation never has to read old events. If the saga is being
    /// compensated already, the step is compensated at once.
    /// - Parameters:
    ///   - name: the step, as a person reads it.
    ///   - compensation: the event that asks for its compensation; `nil` if another event of the saga does, in which case
    ///     the confirming event is waited for and nothing is asked again.
    ///   - confirmation: the event that confirms the compensation, declared by ``Saga/Compensated``; without one, asking
    ///     is enough.
    public static func step(
        _ name: String, compensation: (any Event)? = nil, compensatedBy confirmation: (any Event.Type)? = nil
    ) -> SagaEffect {
        SagaEffect(kind: .step(name: name, compensation: compensation, compensatedBy: confirmation?.type))
    }

    /// Compensates the steps that were done, the last one first, each after the one before it was confirmed. Steps
    /// without a compensating event of their own are waited for together.
    public static func compensate(reason: String) -> SagaEffect {
        SagaEffect(kind: .compensate(reason: reason))
    }

    /// Ends a running saga well and cancels its time-outs. Later events still reach its transitions. Does nothing if
    /// the saga has ended or is being compensated.
    public static var complete: SagaEffect { SagaEffect(kind: .complete) }

    /// Ends a running saga as failed, without compensating anything, and cancels its time-outs. If it has ended
    /// already, or is being compensated, only the reason is kept, unless there is one.
    public static func fail(reason: String) -> SagaEffect {
        SagaEffect(kind: .fail(reason: reason))
    }

    /// Sets a time-out of this saga, or sets it again if it runs.
    /// - Parameters:
    ///   - name: which; declared by ``Saga/Timeout``.
    ///   - delay: how long from now.
    public static func setTimeout(_ name: String, after delay: Duration) -> SagaEffect {
        SagaEffect(kind: .setTimeout(name, after: delay))
    }

    /// Cancels a time-out of this saga; nothing happens if it does not run.
    public static func cancelTimeout(_ name: String) -> SagaEffect {
        SagaEffect(kind: .cancelTimeout(name))
    }
}
