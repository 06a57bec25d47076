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
