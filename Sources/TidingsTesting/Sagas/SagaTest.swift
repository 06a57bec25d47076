public import Tidings

/// Runs one saga by hand: events in, time passing, and what comes of it. No bus, no database, no waiting.
///
/// ```swift
/// @Test func `a payment that never comes cancels the order`() throws {
///     var checkout = SagaTest<Checkout>()
///     try checkout.given(.orderCreated)
///     try checkout.advance(by: .seconds(3600))
///     try checkout.expect(published: OrderCancelled.self, stage: .cancelled)
/// }
/// ```
///
/// Events travel as they do in production: written as JSON and read again, and the saga is written and read after each
/// change.
public struct SagaTest<S: Saga> {
    private let definition = S.definition
    private var instance: SagaInstance<S>?
    private var id: String?
    private var eventCount = 0
    private var latest = 0

    /// The moment at which the test stands.
    public private(set) var now: Timestamp
    /// Everything that the saga has published, from the first; compensating events among it.
    public private(set) var published: [Envelope] = []

    /// Makes a test of a saga that has seen no event.
    /// - Parameter now: the moment at which it begins: 2026-01-01T00:00:00Z unless said otherwise.
    public init(startingAt now: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        self.now = now
    }

    /// The saga; `nil` while it has not been started.
    public var saga: S? { instance?.saga }
    /// The state of the saga; `nil` while no event has come for it.
    public var status: SagaStatus? { instance?.status }
    /// The steps that the saga has noted, and what has become of them.
    public var steps: [SagaStep] { instance?.journal.steps ?? [] }
    /// What happened to the saga, line by line.
    public private(set) var history: [SagaHistoryEntry] = []
    /// Why the saga was compensated or failed.
    public var reason: String? { instance?.journal.reason }
    /// When time alone will do something to the saga next; `nil` when it will not.
    public var wakesAt: Timestamp? { instance?.wakeAt }

    /// What the last ``given(_:)-(Event)`` or ``advance(by:)`` made the saga publish.
    public var latestPublished: ArraySlice<Envelope> { published[latest...] }

    /// Gives the saga an event.
    /// - Throws: what the saga throws at the event; ``Violation`` when the event is for another saga.
    public mutating func given(_ event: some Event) throws {
        try given(envelope(of: try EncodedEvent(event), at: now))
    }

    /// Gives the saga an event as it travels: of an older version, with a time or a correlation of its own.
    /// - Throws: what the saga throws at the event; ``Violation`` when the event is for another saga.
    public mutating func given(_ event: Envelope) throws {
        let event = try definition.event(event)
        if let known = id, known != event.id {
            throw Violation("\(event.envelope.type) is for \(S.name) \(event.id), and this test runs \(known)")
        }
        id = event.id
        latest = published.count
        try take { try $0.receive(event) }
    }

    /// Lets time pass; what falls due on the way happens at its moment.
    public mutating func advance(by duration: Duration) throws {
        let end = now + duration
        latest = published.count
        var rounds = 0
        while let due = instance?.wakeAt, due <= end {
            rounds += 1
            guard rounds <= 10_000 else {
                throw Violation("\(S.name) was woken 10,000 times in \(duration): a time-out seems to start itself")
            }
            now = max(now, due)
            try take { try $0.wake() }
        }
        now = max(now, end)
    }

    /// The events of one type that the saga has published, from the first.
    public func published<E: Event>(_ type: E.Type) throws -> [E] {
        try published.filter { $0.type == E.type }.map { try $0.decode(E.self) }
    }

    private mutating func take(_ body: (inout SagaTurn<S>) throws -> Void) throws {
        var turn = SagaTurn(definition, instance, at: now)
        try body(&turn)
        instance = try turn.instance.kept()
        history += turn.history
        published += turn.publications.map { envelope(of: $0.event, at: $0.at ?? now) }
        // A subscriber parks what was refused; the start stands.
        if let refused = turn.refused.first { throw refused.error }
    }

    private mutating func envelope(of event: EncodedEvent, at time: Timestamp) -> Envelope {
        eventCount += 1
        return event.envelope(
            id: EventID("event-\(eventCount)"), source: "/test", time: time,
            correlationID: instance?.journal.correlationID)
    }
}

extension SagaInstance {
    /// The instance as it is when it was written to a database and read again.
    fileprivate func kept() throws -> SagaInstance {
        var kept = self
        kept.saga = try saga.map { try EventCoding.decode(S.self, from: try EventCoding.encode($0)) }
        kept.journal = try SagaJournal(binary: journal.binary()[...])
        return kept
    }
}
