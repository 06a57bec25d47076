/// Records that are written together.
struct Group: Sendable {
    /// The frames, as they will stand in the files; what lies beyond the last run means nothing.
    var bytes: ContiguousArray<UInt8>
    /// Where they go, in order. More than one when a segment ended within the group.
    var runs: [Run] = []
    /// The ordinal of the last record.
    var ordinal: UInt64 = 0
    /// The greatest urgency of its records.
    var urgency = LogUrgency.lazy

    init(capacity: Int) {
        // Not filled before it is written to: what lies beyond the last run means nothing.
        bytes = ContiguousArray(unsafeUninitializedCapacity: capacity) { _, count in count = capacity }
    }

    /// Makes room for more bytes, and keeps the first of those that are there.
    mutating func grow(to capacity: Int, keeping count: Int) {
        var grown = Group(capacity: capacity).bytes
        grown.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        bytes = grown
    }

    /// A stretch of frames that goes into one segment.
    struct Run: Sendable {
        let segment: UInt64
        /// The size of the segment's file, for when it has to be made.
        let segmentBytes: Int
        /// Where the stretch begins in the segment.
        let offset: Int
        /// Where it lies in the group's bytes.
        var range: Range<Int>
        /// The ordinal of the last record before its end.
        var ordinal: UInt64

        var end: Int { offset + range.count }
    }

    /// Counts the bytes up to here to the last run.
    mutating func extendLastRun(to end: Int) {
        let last = runs.count - 1
        runs[last].range = runs[last].range.lowerBound..<end
    }

    /// Takes note of the ordinal of the record that was put in last.
    mutating func finishLastRun(at ordinal: UInt64) {
        self.ordinal = ordinal
        runs[runs.count - 1].ordinal = ordinal
    }

    /// Completes the frames: markers and seals get the offset that is durable in their segment, all get their checksums.
    ///
    /// - Parameters:
    ///   - run: One of the group's runs.
    ///   - durable: Up to where the run's segment is durable.
    mutating func complete(_ run: Run, durable: Int) {
        var span = bytes.mutableSpan
        var bytes = span.mutableBytes
        assert(durable <= run.offset, "only what was written before a run can be durable")
        var start = run.range.lowerBound
        while start < run.range.upperBound, let frame = Frame(header: bytes.bytes.extracting(droppingFirst: start)) {
            if frame.kind != .record { bytes.store(UInt64(durable), at: start + Frame.headerBytes) }
            let offset = run.offset + start - run.range.lowerBound
            let place = start..<start + frame.byteCount
            let checksum = Frame.checksum(bytes.bytes.extracting(place), segment: run.segment, offset: offset)
            bytes.store(checksum, at: start)
            start += frame.byteCount
        }
    }
}
