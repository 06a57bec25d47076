/// How the embedded bus keeps its events.
public struct EmbeddedOptions: Sendable {
    /// The size of a file of the log, 8 KiB to 1 GiB.
    public var segmentBytes = 64 << 20
    /// How many bytes of events that wait to be taken are kept in memory, about; the others are read from the log.
    public var cacheBytes = 32 << 20
    /// After how many bytes of log the state is written to a checkpoint. A restart reads as much of the log, and up to
    /// twice as much where the last checkpoint turns out to be damaged.
    public var checkpointBytes = 256 << 20
    /// How long events stay readable that no group needs any more.
    public var retention: Duration = .seconds(7 * 86_400)
    /// How large the log may be before events go that no group needs, even if they are younger than ``retention``. What
    /// some group needs stays, whatever its age and size.
    public var retentionBytes = 8 << 30
    /// How many events may wait for a group before ``EmbeddedEventBus/health()`` raises an alarm.
    public var backlogAlarm = 1_000_000
    /// How many events of a group are held ready. Beyond that they stay on the disk until they are wanted.
    package var windowEvents = 32_768

    /// The defaults.
    public init() {}
}
