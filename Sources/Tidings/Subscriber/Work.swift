/// One event on its way through a subscriber: taken from the bus, or due again.
struct Work: Sendable {
    enum Origin: Sendable {
        case delivery(Receipt)
        /// A row of `tidings_parked`, with how many attempts were made, this one included.
        case parked(id: Int64, attempts: Int)
    }

    /// What has become of it so far.
    enum State: Sendable {
        /// Its handler is to be run.
        case prepared(PreparedHandler, outcome: EventBytes?)
        /// Its attempt has failed already.
        case failed(any Error, isPermanent: Bool)
        /// It is not to be settled: the ground is gone, for it or for an event of its key before it.
        case released
        /// There is nothing to do.
        case skipped
    }

    let event: Envelope
    let origin: Origin
    let handler: Int
    var state: State

    var receipt: Receipt? {
        if case .delivery(let receipt) = origin { receipt } else { nil }
    }

    var attempts: Int {
        if case .parked(_, let attempts) = origin { attempts } else { 1 }
    }
}
