/// An event as a saga takes it: decoded once.
package struct SagaEvent<S: Saga>: Sendable {
    package let envelope: Envelope
    /// The types of the event, older versions included.
    let types: [EventType]
    /// The id of the saga that the event is for.
    package let id: String
    /// Makes the saga, if this event starts one.
    let start: (@Sendable () throws -> S)?
    /// Whether it does something to a saga that exists.
    let hasTransitions: Bool
    /// What it does to a saga; nothing if there is no transition for its stage.
    let transition: @Sendable (inout S) throws -> [SagaEffect]
}

/// What a saga does with one type of event.
protocol SagaReaction<S>: Sendable {
    associatedtype S: Saga

    /// The event's types, the newest first.
    var types: [EventType] { get }

    /// Decodes an event.
    /// - Throws: ``TidingsError`` with code `undecodable`.
    func prepare(_ envelope: Envelope) throws -> SagaEvent<S>
}

struct EventReaction<S: Saga, E: Event>: SagaReaction {
    let id: any KeyPath<E, S.ID> & Sendable
    var start: (@Sendable (E) throws -> S)?
    /// For each stage, and for any stage (`nil`), in the order of declaration.
    var transitions: [(stage: S.Stage?, body: @Sendable (inout S, E) throws -> [SagaEffect])] = []
    private let forms = E.forms
    let types = E.forms.map(\.type)

    init(id: any KeyPath<E, S.ID> & Sendable) {
        self.id = id
    }

    func prepare(_ envelope: Envelope) throws -> SagaEvent<S> {
        guard let form = forms.first(where: { $0.type == envelope.type }) else {
            throw TidingsError(.undecodable, "\(S.name) does not take events of type \(envelope.type)")
        }
        let event = try envelope.decode(form)
        let id = event[keyPath: self.id].description
        guard !id.isEmpty else {
            throw TidingsError(.undecodable, "\(envelope.type) \(envelope.id) names no \(S.name)")
        }
        let start = start.map { start in { @Sendable in try start(event) } }
        let transition: @Sendable (inout S) throws -> [SagaEffect] = { [transitions] saga in
            let stage = saga.stage
            guard let next = transitions.first(where: { $0.stage == nil || $0.stage == stage }) else { return [] }
            return try next.body(&saga, event)
        }
        return SagaEvent(
            envelope: envelope, types: types, id: id, start: start, hasTransitions: !transitions.isEmpty,
            transition: transition)
    }
}
