/// Writes the file of a compacted segment: its records one behind the other, and where they are.
struct DenseWriter: ~Copyable {
    private let file: any LogFile
    private let number: UInt64
    private var writer: SegmentWriter
    private var index = DenseIndex()

    init(_ file: any LogFile, _ number: UInt64) {
        self.file = file
        self.number = number
        writer = SegmentWriter(file, number)
    }

    /// Adds a record that has, or had, an offset behind that of the one before.
    mutating func append(_ payload: RawSpan, origin: Int) throws(FileError) {
        let frame = Frame(keeping: payload.byteCount)
        index.add(frame, origin: origin)
        try writer.append(frame) { bytes in
            bytes.append(UInt32(origin))
            payload.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
    }

    /// Writes the index and the header. Not durable before the file is synced.
    ///
    /// - Parameter originalEnd: Where the segment ended before it was compacted.
    mutating func finish(originalEnd: Int) throws(FileError) {
        index.originalEnd = originalEnd
        try writer.append(index.frame) { index.write(to: &$0) }
        try writer.flush()
        let header = SegmentHeader(number: number, segmentBytes: index.segmentBytes, indexPlace: index.end)
        try file.write(header.encoded().span.bytes, at: 0)
    }
}

extension Frame {
    /// The frame of a record of so many bytes in a compacted segment.
    init(keeping payloadBytes: Int) { self.init(.kept, payloadBytes: Self.originBytes + payloadBytes) }
}
