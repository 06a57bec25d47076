/// Handles an event: in one transaction with the inbox and the outbox, or in two parts where it reaches outside.
///
/// ```swift
/// On(OrderCreated.self) { order, transaction in
///     try Stock.reserve(order.items, for: order.orderID, in: transaction)
///     try transaction.publish(InventoryReserved(order))
/// }
/// ```
///
/// A handler of a newer version of an event takes its older versions too, lifted. What it throws undoes what it wrote
/// and published, and parks the event for another attempt.
public struct On<E: Event>: SubscriberPart {
    private let prepare: @Sendable (E) -> PreparedHandler

    /// Handles an event inside a transaction.
    ///
    /// The body is synchronous, may run more than once, and commits once.
    public init(_ type: E.Type, _ body: @escaping @Sendable (E, Transaction) throws -> Void) {
        prepare = { event in PreparedHandler { _, transaction in try body(event, transaction) } }
    }

    /// Handles an event that has an effect outside: charges, mails, indexes.
    ///
    /// The effect runs outside any transaction. What it answers is recorded before `then` runs, so that it is not
    /// repeated when `then` fails or the process dies; should the process die while the effect runs, it runs again with
    /// the same ``Effect/idempotencyKey``. What it throws counts as a failed attempt, unless it is an outage
    /// (``TidingsError/isOutage``), which pauses the subscriber and counts nothing.
    /// - Parameters:
    ///   - type: the event.
    ///   - effect: what reaches outside.
    ///   - then: what is written and published with the effect's answer; runs inside a transaction.
    public init<Outcome: Codable & Sendable>(
        _ type: E.Type, effect: @escaping @Sendable (E, Effect) async throws -> Outcome,
        then: @escaping @Sendable (E, Outcome, Transaction) throws -> Void
    ) {
        prepare = { event in
            PreparedHandler { call in
                try EventCoding.encode(try await effect(event, call))
            } apply: { outcome, transaction in
                guard let outcome else {
                    throw TidingsError(.corrupt, "the outcome of the effect of \(E.type) is missing")
                }
                try then(event, try EventCoding.decode(Outcome.self, from: outcome), transaction)
            }
        }
    }

    /// Adds the handler to a subscriber.
    public func add(to parts: inout SubscriberParts) {
        let forms = E.forms
        parts.handlers.append(
            EventHandler(name: "On(\(E.self))", types: forms.map(\.type)) { [prepare] envelope in
                guard let form = forms.first(where: { $0.type == envelope.type }) else {
                    throw TidingsError(.undecodable, "On(\(E.self)) does not take events of type \(envelope.type)")
                }
                return prepare(try envelope.decode(form))
            })
    }
}

/// What an effect is told besides its event.
public struct Effect: Sendable {
    /// The same for every attempt of this consumer at this event, and for no other: pass it to what is called.
    public let idempotencyKey: String
    /// The event as it came.
    public let envelope: Envelope
    /// The consumer's own database, for looking things up; nothing read here is certain to hold in `then`.
    public let database: Database
}
