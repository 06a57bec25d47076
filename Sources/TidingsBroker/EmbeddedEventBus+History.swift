public import Tidings

extension EmbeddedEventBus {
    /// Reads what was published, in order.
    ///
    /// - Parameters:
    ///   - sequence: Events behind this one; 0 for the oldest that is kept.
    ///   - maximum: How many at most, 1 to 10,000.
    /// - Returns: Durable events; fewer than `maximum` only at the end.
    /// - Throws: `TidingsError` with code `invalid`, `closed`, `corrupt` or `unavailable`.
    public func events(after sequence: UInt64, atMost maximum: Int) async throws -> [RecordedEvent] {
        try await history.events(after: sequence, atMost: maximum)
    }

    /// Reads what was published from a time on, in order; ``events(after:atMost:)`` continues from there.
    ///
    /// Begins with the first event that was published at that time or later, by the clock of the bus as it was then. A
    /// time ahead of the clock now is passed over: it was written while the clock was wrong. Reads about 256 KiB of the
    /// log to find it.
    ///
    /// - Parameters:
    ///   - time: The time of the first event.
    ///   - maximum: How many at most, 1 to 10,000.
    /// - Returns: Durable events; fewer than `maximum` only at the end.
    /// - Throws: `TidingsError` with code `invalid`, `closed`, `corrupt` or `unavailable`.
    public func events(from time: Timestamp, atMost maximum: Int) async throws -> [RecordedEvent] {
        try await history.events(from: time, atMost: maximum)
    }

    /// Finds the latest event with an id.
    ///
    /// Sealed files of the log are looked up in their indexes, a few pages each; the file that is being written is read
    /// from its start. An index that is missing or damaged is built first.
    ///
    /// - Parameters:
    ///   - id: The id, compared byte by byte.
    ///   - source: The source of the event; nil for any. An id may be used again by another source, and by the same one
    ///     when its duplicate was no longer recognized.
    /// - Returns: The event, if it is durable and still kept.
    /// - Throws: `TidingsError` with code `closed`, `corrupt` or `unavailable`.
    public func event(id: EventID, source: String? = nil) async throws -> RecordedEvent? {
        try await history.event(id: id, source: source)
    }

    /// Finds the events whose causation id is the id of another, in the order of publishing.
    ///
    /// Costs what ``event(id:source:)`` costs, and the reading of what is found.
    ///
    /// - Parameters:
    ///   - id: The id of the event that caused them, compared byte by byte.
    ///   - maximum: How many at most, 1 to 10,000: the first ones.
    /// - Returns: Durable events that are still kept.
    /// - Throws: `TidingsError` with code `invalid`, `closed`, `corrupt` or `unavailable`.
    public func events(causedBy id: EventID, atMost maximum: Int) async throws -> [RecordedEvent] {
        try await history.events(causedBy: id, atMost: maximum)
    }
}
