import Tidings

/// How the embedded bus keeps its events. What is out of range is refused when the bus is opened. A time is from zero to 100
/// years, a count zero or more.
public struct EmbeddedOptions: Sendable {
    /// The size of a file of the log, 8 KiB to 1 GiB. The next one is reserved ahead of need, with all of its room.
    public var segmentBytes = 64 << 20
    /// About how many bytes of events that wait to be taken are kept in memory, up to 1 TiB. Beyond that batches are dropped, the
    /// oldest first, and read from the log when they are needed.
    public var cacheBytes = 32 << 20
    /// After how many bytes of log the state is written to a checkpoint, 1 to 1 TiB. A restart reads about as much of the log, and
    /// twice as much if the last checkpoint is damaged, besides two minutes of events, a million at
    /// most, by which duplicates are recognised.
    public var checkpointBytes = 256 << 20
    /// How long events stay readable that no group needs any more, unless the log outgrows ``retentionBytes``.
    ///
    /// Checked once an hour while the bus is in use, and at each start. Whole files are removed when all in them is older,
    /// but not the one that is being written, nor those from the older of the last two checkpoints on, with which
    /// recovery may begin.
    public var retention: Duration = .seconds(7 * 86_400)
    /// How large the log may be before events that no group needs are removed even if they are younger than
    /// ``retention``. What some group needs stays, whatever its age and size.
    ///
    /// Checked after each checkpoint, and when the disk is full; in between the log grows beyond it, by about
    /// ``checkpointBytes``. What recovery may read stays in any case.
    public var retentionBytes = 8 << 30
    /// How many events of a group may be pending or in flight before ``EmbeddedEventBus/health()`` raises an alarm.
    public var backlogAlarm = 1_000_000
    /// How long events may wait for a group that nobody consumes before ``EmbeddedEventBus/health()`` raises an alarm.
    public var unreadAlarm: Duration = .seconds(3600)
    /// How many events of a group are held ready. Beyond that they stay in the log until they are needed.
    package var windowEvents = 32_768
    /// How many entries and runs of entries the windows of all groups hold together, beyond 256 each. One takes 64 bytes, and a run its keys.
    package var windowWeight = 1 << 20
    /// How large a file of an event log becomes, unless a single line is larger.
    package var eventLogFileBytes = 64 << 20

    /// The defaults.
    public init() {}

    /// Refuses what no bus can work with.
    /// - Throws: `TidingsError` with code `invalid` that names the option, its value and what would be right.
    func validate() throws(TidingsError) {
        func require<Value: Comparable>(
            _ name: String, _ value: Value, in range: ClosedRange<Value>, _ right: String
        ) throws(TidingsError) {
            if range.contains(value) { return }
            throw TidingsError(.invalid, "\(name) of the embedded bus is \(value); it must be \(right)")
        }
        let century = Duration.seconds(36_500 * 86_400)
        try require("segmentBytes", segmentBytes, in: 8 << 10...1 << 30, "from 8 KiB to 1 GiB")
        try require("cacheBytes", cacheBytes, in: 0...1 << 40, "from 0 to 1 TiB")
        try require("checkpointBytes", checkpointBytes, in: 1...1 << 40, "from 1 byte to 1 TiB")
        try require("retention", retention, in: .zero...century, "from zero to 100 years")
        try require("retentionBytes", retentionBytes, in: 0...Int.max, "zero or more")
        try require("backlogAlarm", backlogAlarm, in: 0...Int.max, "zero or more")
        try require("unreadAlarm", unreadAlarm, in: .zero...century, "from zero to 100 years")
        try require("windowEvents", windowEvents, in: 1...1 << 20, "from 1 to 1,048,576")
        try require("windowWeight", windowWeight, in: 1...1 << 30, "from 1 to 1,073,741,824")
    }
}
