/// What a saga does, as data: which events it takes, in which stage, and what each does.
public struct SagaDefinition<S: Saga>: Sendable {
    struct Timer: Sendable {
        let after: Duration
        let run: @Sendable (inout S) throws -> [SagaEffect]
    }

    /// What is done with one type of event.
    struct Reaction: Sendable {
        /// The event's types, older versions included.
        var types: [EventType] = []
        var id: (@Sendable (Envelope) throws -> String)?
        var start: (@Sendable (Envelope) throws -> S)?
        /// For each stage, and for any stage (`nil`), in the order of declaration.
        var transitions: [(stage: S.Stage?, run: @Sendable (inout S, Envelope) throws -> [SagaEffect])] = []
    }

    /// By the newest type of the event.
    var reactions: [EventType: Reaction] = [:]
    var order: [EventType] = []
    var timers: [S.Stage: Timer] = [:]
    var surrender: (@Sendable (inout S, String) throws -> [SagaEffect])?
    /// What contradicts itself, for a person.
    var mistakes: [String] = []

    /// The types of the events it takes.
    var types: [EventType] { order }

    mutating func react<E: Event>(
        to event: E.Type, id: @escaping @Sendable (E) -> S.ID, _ change: (inout Reaction) -> Void
    ) {
        var reaction = reactions[E.type] ?? Reaction(types: E.forms.map(\.type))
        if reaction.id == nil {
            order.append(E.type)
            reaction.id = { id(try $0.decode(E.self)).description }
        }
        change(&reaction)
        reactions[E.type] = reaction
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
    /// Takes a line.
    public static func buildExpression(_ line: some SagaLine<S>) -> any SagaLine<S> { line }

    /// Collects the lines.
    public static func buildBlock(_ lines: any SagaLine<S>...) -> SagaDefinition<S> {
        var definition = SagaDefinition<S>()
        for line in lines { line.add(to: &definition) }
        return definition
    }
}

/// The event that starts a saga. A saga that exists is not started again.
public struct SagaStart<S: Saga, E: Event>: SagaLine {
    private let id: @Sendable (E) -> S.ID
    private let make: @Sendable (E) throws -> S

    /// Declares the event that starts a saga, where its id stands, and how the saga begins.
    public init(
        on event: E.Type, id: any KeyPath<E, S.ID> & Sendable, _ make: @escaping @Sendable (E) throws -> S
    ) {
        self.id = { $0[keyPath: id] }
        self.make = make
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.react(to: E.self, id: id) { reaction in
            reaction.start = { [make] in try make(try $0.decode(E.self)) }
        }
    }
}

/// What an event does to a saga.
public struct SagaTransition<S: Saga, E: Event>: SagaLine {
    private let id: @Sendable (E) -> S.ID
    private let stages: [S.Stage?]
    private let body: @Sendable (inout S, E) throws -> [SagaEffect]

    /// Declares what an event does, where the saga's id stands in it, and in which stages; in any stage without some.
    ///
    /// An event without a transition for the stage at hand is noted in the history and does nothing.
    public init(
        _ event: E.Type, id: any KeyPath<E, S.ID> & Sendable, in stages: S.Stage...,
        perform body: @escaping @Sendable (inout S, E) throws -> [SagaEffect]
    ) {
        self.id = { $0[keyPath: id] }
        self.stages = stages.isEmpty ? [nil] : stages
        self.body = body
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.react(to: E.self, id: id) { reaction in
            for stage in stages {
                reaction.transitions.append((stage, { [body] in try body(&$0, try $1.decode(E.self)) }))
            }
        }
    }
}

/// The event that proves a step undone.
public struct SagaProof<S: Saga, E: Event>: SagaLine {
    private let id: @Sendable (E) -> S.ID

    /// Declares an event as the proof of steps that name it, and where the saga's id stands in it.
    public init(by event: E.Type, id: any KeyPath<E, S.ID> & Sendable) {
        self.id = { $0[keyPath: id] }
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.react(to: E.self, id: id) { _ in }
    }
}

/// What happens when a saga has stood in a stage for too long.
public struct SagaTimeout<S: Saga>: SagaLine {
    private let after: Duration
    private let stage: S.Stage
    private let body: @Sendable (inout S) throws -> [SagaEffect]

    /// Declares what happens when a stage has lasted for `after`, counted from its beginning.
    public init(
        after: Duration, in stage: S.Stage, perform body: @escaping @Sendable (inout S) throws -> [SagaEffect]
    ) {
        self.after = after
        self.stage = stage
        self.body = body
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        if definition.timers[stage] != nil {
            definition.mistakes.append("\(S.name) declares two time-outs in stage \(stage)")
        }
        definition.timers[stage] = SagaDefinition.Timer(after: after, run: body)
    }
}

/// What happens when the compensation of a step was given up and a person has to see to it.
public struct SagaSurrender<S: Saga>: SagaLine {
    private let body: @Sendable (inout S, String) throws -> [SagaEffect]

    /// Declares what is done, once for a saga, with the names of the steps that could not be undone.
    public init(perform body: @escaping @Sendable (inout S, String) throws -> [SagaEffect]) {
        self.body = body
    }

    /// Adds the line to a definition that is being made.
    public func add(to definition: inout SagaDefinition<S>) {
        definition.surrender = body
    }
}
