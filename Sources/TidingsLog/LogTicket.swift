/// What `append` gives back: the place of one record in the order of appends, and in the files.
///
/// A ticket says nothing about durability. Compare its ordinal with a ``LogProgress``.
public struct LogTicket: Comparable, Hashable, Sendable {
    /// How many records this log had staged since it was opened, this one included; the first is 1.
    ///
    /// Ordinals have no gaps and start again with each opening. What recovery found is not counted.
    public let ordinal: UInt64

    /// Where the record stands once it is written. It can be read from then on.
    public let position: LogPosition

    /// Whether the left record was appended before the right one.
    public static func < (left: LogTicket, right: LogTicket) -> Bool { left.ordinal < right.ordinal }
}
