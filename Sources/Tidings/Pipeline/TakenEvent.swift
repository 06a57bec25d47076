/// An event on its way through a subscriber: taken from the bus, or parked and due again.
struct TakenEvent: Sendable {
    /// Where it was taken from.
    enum Origin: Sendable {
        case delivery(Receipt)
        case parked(ParkedEvents.Claim)
    }

    /// How far it has come.
    enum State: Sendable {
        /// Its handler is to run, with the outcome of its effect once that is known.
        case prepared(PreparedHandler, outcome: EventBytes?)
        /// Its attempt has failed already.
        case failed(any Error)
        /// It is to be given back: an outage stopped it, or an event of its key before it.
        case released
        /// There is nothing to do.
        case skipped
    }

    let event: Envelope
    let origin: Origin
    /// The index of its handler.
    let handler: Int
    /// The ordering key: it waits behind an earlier event of the key that failed, and later ones wait behind it. `nil`
    /// if its handler keeps no order.
    let key: String?
    var state: State

    var receipt: Receipt? {
        if case .delivery(let receipt) = origin { receipt } else { nil }
    }

    var claim: ParkedEvents.Claim? {
        if case .parked(let claim) = origin { claim } else { nil }
    }

    /// How many attempts were made, this one included.
    var attempts: Int { claim?.attempts ?? 1 }

    /// Whether an effect is to run before its handler.
    var hasEffect: Bool {
        if case .prepared(let handler, nil) = state { handler.effect != nil } else { false }
    }

    var isReleased: Bool {
        if case .released = state { true } else { false }
    }

    /// Notes what its effect returned.
    mutating func complete(with outcome: EventBytes) {
        if case .prepared(let handler, _) = state { state = .prepared(handler, outcome: outcome) }
    }
}
