import TidingsRouting

/// What a subscriber does with events of some types. Made by ``On`` and ``SagaHandler``.
public struct EventHandler: Sendable {
    /// Its name in metrics, logs and dead letters: `On(OrderCreated)`.
    let name: String
    /// The types it takes, the newest version first.
    let types: [EventType]
    /// The sources it hears.
    var source = EventSource.scope
    /// What must hold for the event's data; `nil` for any data.
    var data: DataPattern?
    /// What it says of itself.
    var options = HandlerOptions()
    /// Decodes an event and says what is to be done with it in a consumer group. Throws if the data does not fit.
    let prepare: @Sendable (_ event: Envelope, _ consumer: String) throws -> PreparedHandler

    /// Exactly the events that it takes in a scope.
    func pattern(in scope: Scope?) throws(EventPatternError) -> EventPattern {
        let sources = source.filter(in: scope).map { [$0] } ?? []
        return try EventPattern(exactly: types.map(\.rawValue), from: sources, data: data)
    }

    func asksForMoreThanType(in scope: Scope?) -> Bool { source.filter(in: scope) != nil || data != nil }
}

/// How one handler differs from its subscriber.
struct HandlerOptions: Sendable {
    /// How failed events are tried again; `nil` for the subscriber's policy.
    var retry: RetryPolicy?
    /// How long an effect may take, and how long a body may take before a warning; `nil` for no limit.
    var timeout: Duration?
    /// How many of its effects run at once in a batch; `nil` for the subscriber's number.
    var concurrency: Int?
    /// Whether later events of a key wait behind one that failed.
    var isOrdered = true
}

/// What is to be done with one event.
struct PreparedHandler: Sendable {
    /// Calls the outside, and returns its outcome as JSON; runs outside any transaction.
    var effect: (@Sendable (Effect) async throws -> EventBytes)?
    /// What is done inside the transaction, with the effect's outcome.
    let handle: @Sendable (EventBytes?, Transaction) throws -> Void
}

/// What a subscriber is made of: ``On``, ``SagaHandler``.
public protocol SubscriberPart {
    /// Adds what this part does to a subscriber that is being made.
    func add(to parts: inout SubscriberParts)
}

/// What has been declared in a subscriber.
public struct SubscriberParts: Sendable {
    var handlers: [EventHandler] = []
    /// What is wrong with the declarations, for a person; a subscriber that has any does not start.
    var mistakes: [String] = []
    /// Sagas whose time-outs are woken.
    var timers: [any SagaTimer] = []
}

extension SubscriberParts: SubscriberPart {
    /// Adds all of these parts, so that a function can make those that several subscribers share.
    public func add(to parts: inout SubscriberParts) {
        parts.handlers += handlers
        parts.mistakes += mistakes
        parts.timers += timers
    }
}

/// Collects the parts of a subscriber.
@resultBuilder
public enum SubscriberBuilder {
    /// Collects the parts of a subscriber.
    public static func buildBlock(_ parts: any SubscriberPart...) -> SubscriberParts {
        var collected = SubscriberParts()
        for part in parts { part.add(to: &collected) }
        return collected
    }
}
