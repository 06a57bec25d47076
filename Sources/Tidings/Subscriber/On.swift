public import TidingsRouting

/// Handles an event: in one transaction with the inbox and the outbox, or in two parts if it reaches outside.
///
/// ```swift
/// On(OrderCreated.self) { order, transaction in
///     try Stock.reserve(order.items, for: order.orderID, in: transaction)
///     try transaction.publish(InventoryReserved(order))
/// }
/// .retry(RetryPolicy(maximumAttempts: 3))
/// ```
///
/// A handler of a newer version of an event takes its older versions too, lifted. If it throws, what it wrote and
/// published is undone and the event is parked for another attempt; ``NotRetryable`` and ``RetryAfter`` say more.
/// A pattern on the data and a source are part of the group's subscription, so that what is not wanted is never
/// delivered. Two handlers of one type stand side by side if their patterns exclude each other, such as two values of
/// `version`.
///
/// ```swift
/// On(OrderCreated.self, from: "/shop", where: ["total": [.numeric(.greaterThan, 1000)]]) { order, transaction in … }
/// ```
public struct On<E: Event>: SubscriberPart {
    private let source: EventSource
    private let pattern: DataPattern?
    private let prepare: @Sendable (E) -> PreparedHandler
    private var options = HandlerOptions()

    /// Handles an event inside a transaction.
    ///
    /// The body is synchronous, may run more than once, and commits once.
    /// - Parameters:
    ///   - type: the event.
    ///   - source: whose events; those of the own system unless it says otherwise.
    ///   - pattern: what must hold for the event's data, as it travels: an older version is not lifted before.
    ///   - body: what is written and published.
    public init(
        _ type: E.Type, from source: EventSource = .scope, where pattern: DataPattern? = nil,
        _ body: @escaping @Sendable (E, Transaction) throws -> Void
    ) {
        self.source = source
        self.pattern = pattern
        prepare = { event in PreparedHandler { _, transaction in try body(event, transaction) } }
    }

    /// Handles an event that has an effect outside: charges, mails, indexes.
    ///
    /// The effect runs outside any transaction. Its outcome is recorded before `then` runs, so that the effect is not
    /// repeated if `then` fails or the process dies; if the process dies while the effect runs, it runs again with the
    /// same ``Effect/idempotencyKey``. An error counts as a failed attempt, unless it says that something is not available
    /// (``TidingsError/isOutage``): then the event and its key wait until it is, and nothing is counted within
    /// ``SubscriberOptions/outageHorizon``. An effect that takes longer than ``SubscriberOptions/effectTimeout`` is
    /// cancelled, and its attempt has failed.
    /// - Parameters:
    ///   - type: the event.
    ///   - source: whose events; those of the own system unless it says otherwise.
    ///   - pattern: what must hold for the event's data, as it travels: an older version is not lifted before.
    ///   - effect: what reaches outside.
    ///   - then: what is written and published with the effect's outcome; runs inside a transaction.
    public init<Outcome: Codable & Sendable>(
        _ type: E.Type, from source: EventSource = .scope, where pattern: DataPattern? = nil,
        effect: @escaping @Sendable (E, Effect) async throws -> Outcome,
        then: @escaping @Sendable (E, Outcome, Transaction) throws -> Void
    ) {
        self.source = source
        self.pattern = pattern
        prepare = { event in
            PreparedHandler { call in
                try EventCoding.encode(try await effect(event, call))
            } handle: { outcome, transaction in
                guard let outcome else {
                    throw TidingsError(.corrupt, "the outcome of the effect of \(E.type) is missing")
                }
                try then(event, try Self.read(Outcome.self, from: outcome), transaction)
            }
        }
    }

    /// Handles an event whose effect outside must be known of before it is asked for, such as one that moves money.
    ///
    /// `intending` runs in a transaction of its own, and the effect begins only once that is durable. So whoever looks into
    /// the database finds what was asked for, also if the answer never came: the effect threw, took too long, or the
    /// process died. It runs before each attempt at the effect, and not once an outcome is recorded: it finds what an
    /// earlier attempt has written, and can say with its result that the effect is not wanted any more. Nothing keeps
    /// another transaction from changing that between its commit and the effect.
    ///
    /// ```swift
    /// On(OrderCreated.self) { order, effect, transaction in
    ///     try Payments.begin(order, key: effect.idempotencyKey, in: transaction)
    /// } effect: { order, payment, effect in
    ///     try await gateway.charge(payment.amount, idempotencyKey: effect.idempotencyKey)
    /// } then: { order, charge, transaction in
    ///     try Payments.record(charge, for: order, in: transaction)
    /// }
    /// ```
    ///
    /// All else is as in ``init(_:from:where:effect:then:)``.
    /// - Parameters:
    ///   - type: the event.
    ///   - source: whose events; those of the own system unless it says otherwise.
    ///   - pattern: what must hold for the event's data, as it travels: an older version is not lifted before.
    ///   - intending: writes down what the effect will ask for. If it throws, the effect does not run and the attempt has
    ///     failed. What it publishes is published at each attempt.
    ///   - effect: what reaches outside, with what `intending` returned.
    ///   - then: what is written and published with the effect's outcome; runs inside a transaction.
    public init<Intention: Sendable, Outcome: Codable & Sendable>(
        _ type: E.Type, from source: EventSource = .scope, where pattern: DataPattern? = nil,
        intending: @escaping @Sendable (E, Effect, Transaction) throws -> Intention,
        effect: @escaping @Sendable (E, Intention, Effect) async throws -> Outcome,
        then: @escaping @Sendable (E, Outcome, Transaction) throws -> Void
    ) {
        self.init(type, from: source, where: pattern) { event, call in
            let intention = try await call.database.transaction { transaction in
                transaction.handledEvent = call.envelope
                return try intending(event, call, transaction)
            }
            // The time for the effect may have run out meanwhile.
            try Task.checkCancellation()
            return try await effect(event, intention, call)
        } then: { event, outcome, transaction in
            try then(event, outcome, transaction)
        }
    }

    /// Reads what an effect returned, perhaps to another version of this service.
    private static func read<Outcome: Decodable>(_ type: Outcome.Type, from bytes: EventBytes) throws -> Outcome {
        do {
            return try EventCoding.decode(type, from: bytes)
        } catch {
            throw TidingsError(
                .unreadable, "the recorded outcome of the effect of \(E.type) is no \(type) of this version",
                cause: error)
        }
    }

    /// Tries failed events of this handler again by a policy of its own, in the place of the subscriber's.
    public func retry(_ policy: RetryPolicy) -> On {
        with { $0.retry = policy }
    }

    /// Limits the time of this handler: an effect that takes longer is cancelled, and the attempt has failed unless the
    /// effect returns an outcome all the same; a body that takes longer is named in a warning.
    /// - Parameter timeout: the limit; at least a millisecond.
    public func timeout(_ timeout: Duration) -> On {
        with { $0.timeout = max(.milliseconds(1), timeout) }
    }

    /// Limits how many effects of this handler run at once in a batch, below ``SubscriberOptions/effectConcurrency``.
    /// - Parameter limit: the limit; at least 1.
    public func concurrency(_ limit: Int) -> On {
        with { $0.concurrency = max(1, limit) }
    }

    /// Lets later events of a key go on behind one that failed in this handler.
    public func unordered() -> On {
        with { $0.isOrdered = false }
    }

    private func with(_ change: (inout HandlerOptions) -> Void) -> On {
        var copy = self
        change(&copy.options)
        return copy
    }

    /// Adds the handler to a subscriber; called by ``SubscriberBuilder``.
    public func add(to parts: inout SubscriberParts) {
        let forms = E.forms
        parts.handlers.append(
            EventHandler(
                name: "On(\(E.self))", types: forms.map(\.type), source: source, data: pattern, options: options
            ) { [prepare] envelope, _ in
                guard let form = forms.first(where: { $0.type == envelope.type }) else {
                    throw TidingsError(.undecodable, "On(\(E.self)) does not take events of type \(envelope.type)")
                }
                return prepare(try envelope.decode(form))
            })
    }
}

/// What an effect gets besides its event.
public struct Effect: Sendable {
    /// The same for every attempt of this consumer at this event, in whichever version it comes, and for no other: pass
    /// it to what is called.
    public let idempotencyKey: String
    /// The event as the bus delivered it, in the version in which it was published.
    public let envelope: Envelope
    /// The consumer's own database, for looking things up; nothing read here is certain to hold in `then`.
    public let database: ServiceDatabase
}
