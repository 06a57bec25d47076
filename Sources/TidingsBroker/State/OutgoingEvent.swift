import Tidings

/// An event that is about to be published, with all that can be done before the state's lock is taken.
struct OutgoingEvent {
    let cached: CachedEvent
    /// The envelope as the log keeps it.
    let bytes: [UInt8]
    let key: UInt64

    init(_ envelope: Envelope) {
        cached = CachedEvent(envelope)
        bytes = envelope.binary()
        key = OrderingKey.hash(of: envelope)
    }
}
