import Tracing

/// Runs a saga inside a subscriber: its state lives in the subscriber's database.
///
/// ```swift
/// Subscriber("checkout", bus: bus, database: database, logger: logger) {
///     Runs(Checkout.self)
/// }
/// ```
public struct Runs<S: Saga>: SubscriberPart {
    /// Names the saga.
    public init(_ saga: S.Type) {}

    /// Adds the saga's events and time-outs to a subscriber.
    public func add(to parts: inout SubscriberParts) {
        let machine = SagaMachine<S>()
        let store = SagaStore<S>()
        parts.mistakes += machine.definition.mistakes
        for type in machine.definition.types {
            guard let reaction = machine.definition.reactions[type] else { continue }
            parts.handlers.append(
                EventHandler(name: "Runs(\(S.self), \(type))", types: reaction.types) { event in
                    let id = try machine.id(in: event)
                    return PreparedHandler { _, transaction in
                        try store.update(id, in: transaction) { instance in
                            try machine.receive(event, instance, at: transaction.now)
                        }
                    }
                })
        }
        parts.timers.append { database, time in
            try await store.wakeDue(machine, database, time)
        }
    }
}
