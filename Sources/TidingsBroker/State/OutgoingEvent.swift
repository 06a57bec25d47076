import Tidings
import TidingsLog

/// An event that is about to be published, with all that can be done before the state's lock is taken.
struct OutgoingEvent {
    let cached: CachedEvent
    let stored: StoredEvent
    /// The envelope as the log keeps it.
    let bytes: [UInt8]
    let key: UInt64
    let identity: EventIdentity

    init(_ envelope: Envelope) {
        cached = CachedEvent(envelope)
        let bytes = envelope.binary()
        self.bytes = bytes
        key = OrderingKey.hash(of: envelope)
        identity = EventIdentity(envelope: bytes.span.bytes)
        let place = StoredEvent.Place(
            position: LogPosition(segment: 0, offset: 0), offset: 0, length: UInt32(bytes.count))
        stored = StoredEvent(cached, at: place, time: envelope.time)
    }
}
