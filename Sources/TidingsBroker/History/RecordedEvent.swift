public import Tidings

/// An event as the bus keeps it.
public struct RecordedEvent: Sendable, Hashable {
    /// Its place in the history of the bus.
    public let sequence: UInt64
    /// When it was published.
    public let time: Timestamp
    /// The event.
    public let event: Envelope
}

extension RecordedEvent {
    /// Decodes an event of a record.
    init(_ entry: PublishLayout.Entry, in record: RawSpan) throws(TidingsError) {
        self.init(sequence: entry.sequence, time: entry.time, event: try entry.event(in: record))
    }
}
