/// Where the next frame goes.
struct Tail: Sendable {
    /// The number of the last segment.
    var segment: UInt64
    /// The end of its last frame.
    var offset: Int
    /// The size of its file.
    var segmentBytes: Int
}
