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
