import TidingsRouting

/// What a saga does, as data: which events it takes, in which stage, and what each does.
public struct SagaDefinition<S: Saga>: Sendable {
    typealias Body = @Sendable (inout S) throws -> [SagaEffect]

    struct StageTimeout: Sendable {
        let after: Duration
        let body: Body
    }

    /// The events it takes, in the order of their declaration.
    private(set) var reactions: [any SagaReaction<S>] = []
    var stageTimeouts: [S.Stage: StageTimeout] = [:]
    var namedTimeouts: [ByteText: Body] = [:]
    var compensationFailed: (@Sendable (inout S, String) throws -> [SagaEffect])?
    /// What contradicts itself, for a person.
    var mistakes: [String] = []

    /// Reads an event for the saga.
    /// - Throws: ``TidingsError`` with code `undecodable`.
    package func event(_ envelope: Envelope) throws -> SagaEvent<S> {
        guard let reaction = reactions.first(where: { $0.types.contains(envelope.type) }) else {
            throw TidingsError(.undecodable, "\(S.name) does not take events of type \(envelope.type)")
        }
        return try reaction.prepare(envelope)
    }

    /// Adds to what is done with one type of event. Its key is declared once: naming another one is a mistake.
    fileprivate mutating func react<E: Event>(
        to event: E.Type, id: any KeyPath<E, S.ID> & Sendable, _ change: (inout EventReaction<S, E>) -> Void
    ) {
        let index = reactions.firstIndex { $0 is EventReaction<S, E> }
        var reaction = index.flatMap { reactions[$0] as? EventReaction<S, E> } ?? EventReaction(id: id)
        if reaction.id != id { mistakes.append("\(S.name) finds its id in two places of \(E.type)") }
        change(&reaction)
        if let index { reactions[index] = reaction } else { reactions.append(reaction) }
    }
}

/// A line of a saga's definition.
public protocol SagaLine<S> {
    /// The saga it belongs to.
    associatedtype S: Saga

    /// Adds the line to a definition that is being made.
    func add(to definition: inout SagaDefinition<S>)
}

/// Collects the lines of a saga's definition.
@resultBuilder
public enum SagaBuilder<S: Saga> {
    /// Takes a line; used by the compiler.
    public static func buildExpression(_ line: some SagaLine<S>) -> any SagaLine<S> { line }

    /// Collects the lines in their order; used by the compiler. What contradicts itself is reported when a subscriber
    /// starts.
    public static func buildBlock(_ lines: any SagaLine<S>...) -> SagaDefinition<S> {
        var definition = SagaDefinition<S>()
        for line in lines { line.add(to: &definition) }
        return definition
    }
}

/// The event that starts a saga. A saga that exists is not started again.
///
/// It makes the saga and has no effects: a ``SagaTransition`` of the same event, in the stage in which the saga begins, says
/// what is done.
public struct SagaStart<S: Saga, E: Event>: SagaLine {
    private let id: any KeyPath<E, S.ID> & Sendable
    private let make: @Sendable (E) throws -> S

    /// Declares the event that starts a saga, the place of the saga's id in it, and how the saga begins.
    public init(
        on event: E.Type, id: any KeyPath<E, S.ID> & Sendable, _ make: @escaping @Sendable (E) throws -> S
    ) {
        self.id = id
        self.make = make
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.react(to: E.self, id: id) { $0.start = make }
    }
}

/// What an event does to a saga.
public struct SagaTransition<S: Saga, E: Event>: SagaLine {
    private let id: any KeyPath<E, S.ID> & Sendable
    private let stages: [S.Stage?]
    private let body: @Sendable (inout S, E) throws -> [SagaEffect]

    /// Declares what an event does, the place of the saga's id in it, and in which stages; in any stage if none is named.
    ///
    /// An event without a transition for the stage at hand is noted in the history and does nothing.
    public init(
        _ event: E.Type, id: any KeyPath<E, S.ID> & Sendable, in stages: S.Stage...,
        perform body: @escaping @Sendable (inout S, E) throws -> [SagaEffect]
    ) {
        self.id = id
        self.stages = stages.isEmpty ? [nil] : stages
        self.body = body
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.react(to: E.self, id: id) { reaction in
            for stage in stages { reaction.transitions.append((stage, body)) }
        }
    }
}

/// The event that confirms that a step was compensated.
public struct SagaCompensated<S: Saga, E: Event>: SagaLine {
    private let id: any KeyPath<E, S.ID> & Sendable

    /// Declares an event as the confirmation of steps that name it, and the place of the saga's id in it.
    public init(by event: E.Type, id: any KeyPath<E, S.ID> & Sendable) {
        self.id = id
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.react(to: E.self, id: id) { _ in }
    }
}

/// What happens when a saga has stood in a stage for too long, or when a time-out that it has set ends.
public struct SagaTimeout<S: Saga>: SagaLine {
    private enum Trigger {
        case stage(S.Stage, after: Duration)
        case name(String)
    }

    private let trigger: Trigger
    private let body: @Sendable (inout S) throws -> [SagaEffect]

    /// Declares what happens when a stage has lasted for `after`, counted from its beginning.
    public init(
        after: Duration, in stage: S.Stage, perform body: @escaping @Sendable (inout S) throws -> [SagaEffect]
    ) {
        trigger = .stage(stage, after: after)
        self.body = body
    }

    /// Declares what happens when a time-out ends that a transition has set by ``SagaEffect/setTimeout(_:after:)``.
    public init(_ name: String, perform body: @escaping @Sendable (inout S) throws -> [SagaEffect]) {
        trigger = .name(name)
        self.body = body
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        switch trigger {
        case .stage(let stage, let after):
            let timeout = SagaDefinition<S>.StageTimeout(after: after, body: body)
            if definition.stageTimeouts.updateValue(timeout, forKey: stage) != nil {
                definition.mistakes.append("\(S.name) declares two time-outs in stage \(stage)")
            }
        case .name(let name):
            if definition.namedTimeouts.updateValue(body, forKey: ByteText(name)) != nil {
                definition.mistakes.append("\(S.name) declares two time-outs named \(name)")
            }
        }
    }
}

/// What happens when the compensation of a step was given up and a person has to see to it.
public struct SagaCompensationFailed<S: Saga>: SagaLine {
    private let body: @Sendable (inout S, String) throws -> [SagaEffect]

    /// Declares what is done, once for a saga, with the names of the steps that could not be compensated.
    public init(perform body: @escaping @Sendable (inout S, String) throws -> [SagaEffect]) {
        self.body = body
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.compensationFailed = body
    }
}
