/// The last segment, which is being written.
struct OpenSegment: Sendable {
    private let file: any LogFile
    private let segmentBytes: Int
    private let start: Int

    let number: UInt64
    /// Up to where it is written.
    private(set) var written: Int
    /// Up to where it is durable.
    private(set) var synced: Int

    /// A segment that is durable up to the tail.
    init(file: any LogFile, tail: Tail) {
        self.file = file
        number = tail.segment
        segmentBytes = tail.segmentBytes
        start = tail.offset
        written = tail.offset
        synced = tail.offset
    }

    var hasUnsynced: Bool { synced < written }

    /// Writes frames at the end.
    mutating func write(_ bytes: ContiguousArray<UInt8>, _ range: Range<Int>) throws(LogError) {
        assert(written + range.count <= segmentBytes, "frames must not reach beyond their segment")
        do {
            try file.write(bytes.span.bytes.extracting(range), at: written)
            written += range.count
        } catch {
            throw LogError(stopping: error)
        }
    }

    mutating func synchronize() throws(LogError) {
        assert(synced <= written)
        guard hasUnsynced else { return }
        do {
            try file.synchronize()
            synced = written
        } catch {
            throw LogError(stopping: error)
        }
    }

    /// Ends a log that is closed in good order with a marker of its own.
    ///
    /// It proves that all before it was durable, so recovery will never take damage there for a torn tail.
    mutating func writeLastMarker() throws(LogError) {
        guard written > start, !hasUnsynced, written + Frame.markerBytes + Frame.sealBytes <= segmentBytes else {
            return
        }
        let marker = Frame.encodedMarker(durable: synced, segment: number, offset: written)
        try write(marker, 0..<marker.count)
        try synchronize()
    }
}

/// Where the next frame goes.
struct Tail: Sendable {
    /// The number of the last segment.
    var segment: UInt64
    /// The end of its last frame.
    var offset: Int
    /// The size of its file.
    var segmentBytes: Int
}
