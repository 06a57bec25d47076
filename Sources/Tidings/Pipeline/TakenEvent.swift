import TidingsRouting

/// An event on its way through a subscriber: taken from the bus, or parked and due again.
struct TakenEvent: Sendable {
    /// Where it was taken from.
    enum Origin: Sendable {
        case delivery(Receipt)
        case parked(ParkedEvents.Claim)
        /// A saga, which had kept it until it was started.
        case saga
    }

    /// How far it has come.
    enum State: Sendable {
        /// Its handler is to run, with the outcome of its effect once that is known.
        case prepared(PreparedHandler, outcome: EventBytes?)
        /// Its attempt has failed already.
        case failed(any Error)
        /// No handler takes events of its type.
        case unhandled
        /// It was taken several times and never settled: it is parked, to be tried alone.
        case suspect
        /// It is to be given back: it must not begin any more, nor what comes after it.
        case released
        /// There is nothing to do.
        case skipped(Verdict)
    }

    let event: Envelope
    let origin: Origin
    /// The index of its handler; `nil` if none takes events of its type.
    let handler: Int?
    /// The ordering key: it waits behind an earlier event of the key that failed, and later ones wait behind it. `nil`
    /// if its handler keeps no order.
    let key: ByteText?
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

    var isUnhandled: Bool {
        if case .unhandled = state { true } else { false }
    }

    var isSuspect: Bool {
        if case .suspect = state { true } else { false }
    }

    /// Whether it is to be entered in the inbox: nearly all that was parked is there already.
    var isToBeEntered: Bool {
        switch (state, origin) {
        case (.skipped, _), (.unhandled, _), (_, .saga): false
        case (_, .delivery): true
        case (_, .parked(let claim)): !claim.isInInbox
        }
    }

    /// Notes what its effect returned.
    mutating func complete(with outcome: EventBytes) {
        if case .prepared(let handler, _) = state { state = .prepared(handler, outcome: outcome) }
    }
}
