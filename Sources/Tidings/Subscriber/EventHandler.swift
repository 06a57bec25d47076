/// What a subscriber does with events of some types. Made by ``On`` and ``Runs``.
public struct EventHandler: Sendable {
    /// What it is called in metrics, logs and dead letters: `On(OrderCreated)`.
    let name: String
    /// The types it takes, the newest version first.
    let types: [EventType]
    /// Reads an event and says what is to be done. Throws where the data does not fit.
    let prepare: @Sendable (Envelope) throws -> PreparedHandler

    /// Whether an event is an older form of one that this handler gets in a newer form as well.
    func skips(_ event: Envelope) -> Bool {
        event.twinOf != nil && event.type != types.first
    }
}

/// What is to be done with one event.
struct PreparedHandler: Sendable {
    /// What goes out of the database, with its answer as JSON; outside any transaction.
    var effect: (@Sendable (Effect) async throws -> EventBytes)?
    /// What is done inside the transaction, with the effect's answer.
    let apply: @Sendable (EventBytes?, Transaction) throws -> Void
}

/// What a subscriber is made of.
public protocol SubscriberPart {
    /// Adds what this part does to a subscriber that is being made.
    func add(to parts: inout SubscriberParts)
}

/// What has been declared in a subscriber.
public struct SubscriberParts {
    var handlers: [EventHandler] = []
    /// What is wrong with the declarations, for a person; a subscriber that has any does not start.
    var mistakes: [String] = []
    /// Work that goes on beside the events, such as sagas' time-outs.
    var timers: [@Sendable (Database, any TimeSource) async throws -> Timestamp?] = []
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
