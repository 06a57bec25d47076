/// An event that a consumer group needs and that cannot be read from the log: its record is damaged, or is not there.
///
/// It alone is set aside: the group gets all others, and the event stays unsettled. It is tried again after a restart.
public struct UnreadableEvent: Sendable, Hashable {
    /// The sequence of the event.
    public let sequence: UInt64
    /// The segment of the log in which its record stands.
    public let segment: UInt64
    /// Where in the segment's file the record begins, or the stretch in which it should stand.
    public let offset: UInt32
    /// Why it cannot be read.
    public let reason: String

    init(_ sequence: UInt64, at position: RecordPosition, because reason: String) {
        self.sequence = sequence
        segment = position.segment
        offset = position.offset
        self.reason = reason
    }
}
