/// A segment of a log, as it stands in the folder.
public struct LogSegment: Hashable, Sendable {
    /// The segment's number; the first of a log is 1, and none is used twice.
    public let number: UInt64

    /// The size of its file.
    public let byteCount: Int

    /// How many bytes of the disk its file takes: fewer than its size when compaction left holes in it.
    public let allocatedBytes: Int

    /// Whether it is complete and durable. All are but the last, which is being written.
    public let isSealed: Bool

    /// Whether records were dropped from it by ``Log/compact(_:keeping:)``.
    public let isCompacted: Bool
}
