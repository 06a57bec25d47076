import Tidings
import TidingsLog

/// An event that some queue has in its window: where it stands in the log and, until every queue has taken it, the event
/// itself.
///
/// Safety: made by one publisher or reader, and touched only under the lock of the broker's state from then on.
final class StoredEvent: @unchecked Sendable {
    /// Where an event stands in the log.
    struct Place {
        let position: LogPosition
        let offset: UInt32
        let length: UInt32
    }

    var place: Place
    var time: Timestamp
    var cached: CachedEvent?
    /// In how many windows it waits to be taken for the first time.
    var readers = 0

    init(_ cached: CachedEvent?, at place: Place, time: Timestamp) {
        self.cached = cached
        self.place = place
        self.time = time
    }

    /// What it takes in memory while it is held, about: an envelope has a dozen texts.
    var cachedByteCount: Int { Int(place.length) + 512 }
}

extension DeliveryQueue.Entry {
    /// The event that the broker has hung on each entry of a window.
    var event: StoredEvent {
        guard let reference else { preconditionFailure("an entry of a window without its event") }
        return unsafeDowncast(reference, to: StoredEvent.self)
    }
}

/// An event in memory, in a box that is filled before the state's lock is taken: an envelope is a dozen references, a
/// box is one.
final class CachedEvent: Sendable {
    let envelope: Envelope

    init(_ envelope: Envelope) {
        self.envelope = envelope
    }
}
