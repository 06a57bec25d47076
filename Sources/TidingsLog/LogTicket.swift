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

/// How far a log has come: which records the operating system has, and which the disk has.
public struct LogProgress: Sendable {
    /// Records up to this ordinal are written: they survive the end of the process, but not a power cut.
    public internal(set) var written: UInt64 = 0

    /// Records up to this ordinal are durable. Never more than ``written``.
    public internal(set) var synced: UInt64 = 0

    /// Whether records above ``written`` wait for room on the disk, so that none becomes durable until there is some.
    public internal(set) var isStalled = false

    /// Why the log stopped, if it did. Records above ``synced`` may or may not be there after the next opening.
    public internal(set) var failure: LogError?

    /// Whether the record of this ticket is durable.
    ///
    /// - Parameter ticket: A ticket of the same log since it was opened.
    /// - Returns: `true` when the record survives a power cut.
    public func covers(_ ticket: LogTicket) -> Bool { ticket.ordinal <= synced }
}

/// How soon an appended record must reach the operating system and the disk.
///
/// Urgency never changes the order of records: when one is written, everything appended before it is.
public enum LogUrgency: Comparable, Sendable {
    /// With the next group that someone waits for, or after ``LogOptions/lazyCommit``, whichever comes first.
    case lazy

    /// Written as soon as possible, which survives the end of the process but not a power cut; durable with the next
    /// synced group, or after ``LogOptions/lazyCommit``.
    case write

    /// Written and synced as soon as possible, in one group with all that arrived meanwhile.
    case sync
}
