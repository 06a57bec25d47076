/// Writes a segment's file behind its header, from front to back, in large calls.
struct SegmentWriter: ~Copyable {
    private let file: any LogFile
    private let number: UInt64
    private var buffer = ContiguousArray<UInt8>()
    /// Where the buffer goes.
    private var start = SegmentHeader.byteCount

    private static let bufferBytes = 1 << 20

    init(_ file: any LogFile, _ number: UInt64) {
        self.file = file
        self.number = number
    }

    /// Adds a whole frame that comes from the same place.
    mutating func append(_ bytes: RawSpan) throws(FileError) {
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        try flush(beyond: Self.bufferBytes)
    }

    /// Adds a frame, whose payload the body appends.
    mutating func append(_ frame: Frame, _ body: (inout ContiguousArray<UInt8>) -> Void) throws(FileError) {
        let (first, offset) = (buffer.count, start + buffer.count)
        buffer.append(contentsOf: repeatElement(0, count: Frame.headerBytes))
        body(&buffer)
        assert(buffer.count - first == Frame.headerBytes + frame.payloadBytes, "a frame is as long as it says")
        let padding = first + frame.byteCount - buffer.count
        buffer.append(contentsOf: repeatElement(0, count: padding))
        Self.complete(frame, in: &buffer, at: first, number, offset)
        try flush(beyond: Self.bufferBytes)
    }

    /// Gives a frame its header and checksum.
    private static func complete(
        _ frame: Frame, in buffer: inout ContiguousArray<UInt8>, at first: Int, _ number: UInt64, _ offset: Int
    ) {
        var span = buffer.mutableSpan
        var bytes = span.mutableBytes
        frame.store(into: &bytes, at: first)
        let place = first..<first + frame.byteCount
        let checksum = Frame.checksum(bytes.bytes.extracting(place), segment: number, offset: offset)
        bytes.store(checksum, at: first)
    }

    /// Writes what was added and is not written yet.
    mutating func flush() throws(FileError) { try flush(beyond: 0) }

    private mutating func flush(beyond limit: Int) throws(FileError) {
        guard buffer.count > limit else { return }
        try file.write(buffer.span.bytes, at: start)
        start += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
