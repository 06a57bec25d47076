/// How a log lays out its files and how much it holds in memory.
public struct LogOptions: Sendable {
    /// The size of a new segment file in bytes, from 8 KiB to 1 GiB, rounded up to whole 4 KiB pages.
    ///
    /// The next segment is made ahead of need, with all of its room. The size may change between openings. A record that
    /// does not fit gets a segment of its own size.
    public var segmentBytes = 64 << 20

    /// How long a record may stay unsynced when nobody waits for it.
    public var lazyCommit: Duration = .milliseconds(10)

    /// The largest payload that is accepted, in bytes; at most 1 GiB.
    public var maximumRecordBytes = 16 << 20

    /// How many bytes may wait in memory for the writer before `append` answers ``LogError/Code/overloaded``.
    ///
    /// While the writer is busy with one group of up to this size, the next may grow to it as well.
    public var maximumStagedBytes = 64 << 20

    /// How long after it found no room for a segment the log looks again, unless it gave some back itself.
    package var roomInterval: Duration = .seconds(1)

    /// The options as documented on each property.
    public init() {}

    func validate() throws(LogError) {
        try Self.check("segmentBytes", segmentBytes, within: 8 << 10...1 << 30)
        try Self.check("maximumRecordBytes", maximumRecordBytes, within: 1...1 << 30)
        try Self.check("maximumStagedBytes", maximumStagedBytes, within: 1...1 << 30)
        guard lazyCommit >= .zero else {
            throw LogError(.invalidOption, "lazyCommit is \(lazyCommit); it must be zero or more.")
        }
    }

    private static func check(_ name: String, _ value: Int, within range: ClosedRange<Int>) throws(LogError) {
        guard range.contains(value) else {
            let allowed = "\(range.lowerBound) to \(range.upperBound) bytes"
            throw LogError(.invalidOption, "\(name) is \(value); it must be from \(allowed).")
        }
    }
}
