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
    private let machine = SagaMachine<S>()
    private var instance: SagaInstance<S>?
    private var id: String?
    private var eventCount = 0
    private var latest = 0

    /// The moment at which the test stands.
    public private(set) var now: Timestamp
    /// Everything that the saga has published, from the first; the events that undo steps among it.
    public private(set) var published: [Envelope] = []

    /// Makes a test of a saga that has seen no event.
    /// - Parameter now: the moment at which it begins: 2026-01-01T00:00:00Z unless said otherwise.
    public init(startingAt now: Timestamp = Timestamp(seconds: 1_767_225_600)) {
        self.now = now
    }

    /// The saga; `nil` while it has not been started.
    public var saga: S? { instance?.saga }
    /// How the saga is doing; `nil` while no event has come for it.
    public var status: SagaStatus? { instance?.status }
    /// The steps that the saga has noted, and what has become of them.
    public var steps: [SagaStep] { instance?.journal.steps ?? [] }
    /// What happened to the saga, line by line.
    public var history: [SagaHistoryEntry] { instance?.journal.history ?? [] }
    /// Why the saga was compensated or failed.
    public var reason: String? { instance?.journal.reason }
    /// When time alone will do something to the saga next; `nil` when it will not.
    public var wakesAt: Timestamp? { instance?.wakeAt }

    /// What the last ``given(_:)-(Event)`` or ``advance(by:)`` made the saga publish.
    public var latestPublished: ArraySlice<Envelope> { published[latest...] }

    /// Gives the saga an event.
    /// - Throws: what the saga throws at the event; ``Violation`` when the event is for another saga.
    public mutating func given(_ event: some Event) throws {
        try given(try envelope(of: event))
    }

    /// Gives the saga an event as it travels: of an older version, with a time or a correlation of its own.
    /// - Throws: what the saga throws at the event; ``Violation`` when the event is for another saga.
    public mutating func given(_ event: Envelope) throws {
        let id = try machine.id(in: event)
        if let known = self.id, known != id {
            throw Violation("\(event.type) is for \(S.name) \(id), and this test runs \(known)")
        }
        self.id = id
        latest = published.count
        try take(try machine.receive(event, instance, at: now))
    }

    /// Lets time pass; what falls due on the way happens at its moment.
    public mutating func advance(by duration: Duration) throws {
        let end = now + duration
        latest = published.count
        var rounds = 0
        while let saga = instance, let due = saga.wakeAt, due <= end {
            rounds += 1
            guard rounds <= 10_000 else {
                throw Violation("\(S.name) was woken 10,000 times in \(duration): a time-out seems to start itself")
            }
            now = max(now, due)
            try take(try machine.wake(saga, at: now))
        }
        now = max(now, end)
    }

    /// The events of one type that the saga has published, from the first.
    public func published<E: Event>(_ type: E.Type) throws -> [E] {
        try published.filter { $0.type == E.type }.map { try $0.decode(E.self) }
    }

    private mutating func take(_ outcome: (SagaInstance<S>, [SagaPublication])) throws {
        let (changed, publications) = outcome
        instance = try changed.kept()
        for publication in publications {
            switch publication {
            case .event(let event): published.append(try envelope(of: event))
            case .stored(let event):
                published.append(
                    envelope(
                        type: EventType(rawValue: event.type), subject: event.subject, data: EventBytes(event.data)))
            }
        }
    }

    private mutating func envelope(of event: some Event) throws -> Envelope {
        envelope(type: type(of: event).type, subject: event.subject, data: try EventCoding.encode(event))
    }

    private mutating func envelope(type: EventType, subject: String?, data: EventBytes) -> Envelope {
        eventCount += 1
        return Envelope(
            id: EventID("event-\(eventCount)"), source: "/test", type: type, subject: subject, time: now,
            correlationID: instance?.journal.correlationID, data: data)
    }
}

extension SagaInstance {
    /// The instance as it is when it was written to a database and read again.
    fileprivate func kept() throws -> SagaInstance {
        var kept = self
        kept.saga = try saga.map { try EventCoding.decode(S.self, from: try EventCoding.encode($0)) }
        kept.journal = try EventCoding.decode(SagaJournal.self, from: try EventCoding.encode(journal))
        return kept
    }
}
