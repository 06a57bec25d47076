/// What recovery found and left: where writing goes on, and what is ready for it.
struct RecoveredLog {
    /// The segment to write to.
    let segment: OpenSegment
    /// Where.
    let tail: Tail
    /// The segment behind it, when one is ready.
    var spare: SegmentPreparer.Spare?
    /// The number of the first segment.
    var first: UInt64
}
