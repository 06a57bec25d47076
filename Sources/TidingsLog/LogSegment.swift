/// A segment of a log, as it stands in the folder.
public struct LogSegment: Hashable, Sendable {
    /// The segment's number; the first of a log is 1, and none is used twice.
    public let number: UInt64

    /// The size of its file.
    public let byteCount: Int

    /// How many bytes of the disk its file takes.
    public let allocatedBytes: Int

    /// Whether it is complete and durable. All are but the last, which is being written.
    public let isSealed: Bool

    /// Whether it was written anew by ``Log/compact(_:gainingAtLeast:keeping:)`` or ``Log/rewrite(_:gainingAtLeast:_:)``.
    public let isCompacted: Bool
}
