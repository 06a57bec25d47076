/// Reads the frames of one segment in order, through a window, so that memory does not grow with the segment.
struct SegmentScanner {
    private let file: any LogFile
    private let segment: UInt64
    /// Where the segment ends, or its file, if that is shorter.
    let end: Int
    private var window = ContiguousArray<UInt8>()
    private var windowStart = 0

    private static let windowBytes = 1 << 20

    init(_ file: any LogFile, segment: UInt64, end: Int) {
        self.file = file
        self.segment = segment
        self.end = end
    }

    /// What stands at an offset.
    enum Found {
        /// A whole frame whose checksum is right.
        case frame(Frame)
        /// Nothing: zeros where a header would be, or the end of the file.
        case blank
        /// Something that is not a whole frame.
        case bad
    }

    mutating func find(at offset: Int) throws(LogError) -> Found {
        guard try load(offset, Frame.headerBytes) else {
            return try lastNonzero(from: offset) == nil ? .blank : .bad
        }
        let header = range(offset, Frame.headerBytes)
        guard let frame = Frame(header: window.span.bytes.extracting(header)) else {
            return window.span.bytes.extracting(header).lastNonzero() == nil ? .blank : .bad
        }
        guard frame.byteCount <= end - offset, try load(offset, frame.byteCount) else { return .bad }
        let bytes = window.span.bytes.extracting(range(offset, frame.byteCount))
        return Frame.checks(bytes, segment: segment, offset: offset) ? .frame(frame) : .bad
    }

    /// Lends the payload of the frame that was found last.
    func withPayload<Result, Failure: Error>(
        of frame: Frame, at offset: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(window.span.bytes.extracting(range(offset + Frame.headerBytes, frame.payloadBytes)))
    }

    /// Lends all of the bytes of the frame that was found last.
    func withBytes<Result, Failure: Error>(
        of frame: Frame, at offset: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(window.span.bytes.extracting(range(offset, frame.byteCount)))
    }

    /// The offset that the marker which was found last says is durable.
    func durable(markerAt offset: Int) -> Int {
        let payload = window.span.bytes.extracting(range(offset + Frame.headerBytes, 8))
        return Int(truncatingIfNeeded: payload.number(at: 0, as: UInt64.self))
    }

    /// The offset that the kept record which was found last had before its segment was compacted.
    func origin(ofRecordAt place: Int) -> Int {
        let payload = window.span.bytes.extracting(range(place + Frame.headerBytes, Frame.originBytes))
        return Int(payload.number(at: 0, as: UInt32.self))
    }

    /// The offset of the last byte of the file that is not zero, from an offset on.
    mutating func lastNonzero(from offset: Int) throws(LogError) -> Int? {
        var last: Int?
        var start = offset
        while start < end, let data = try firstData(from: start), data < end {
            start = data
            let count = min(Self.windowBytes, end - start)
            _ = try load(start, count)
            if let found = window.span.bytes.extracting(range(start, count)).lastNonzero() { last = start + found }
            start += count
        }
        return last
    }

    /// The greatest offset that any marker or seal between two offsets says is durable.
    ///
    /// Looks at every place where a frame could begin, whatever stands before it.
    mutating func provenDurable(from offset: Int, to last: Int) throws(LogError) -> Int? {
        var proven: Int?
        for offset in stride(from: offset, through: last, by: Frame.alignment) {
            guard try load(offset, Frame.markerBytes) else { break }
            let bytes = window.span.bytes.extracting(range(offset, Frame.markerBytes))
            guard let frame = Frame(header: bytes), frame.provesDurability, frame.byteCount == Frame.markerBytes,
                Frame.checks(bytes, segment: segment, offset: offset)
            else { continue }
            proven = max(proven ?? 0, durable(markerAt: offset))
        }
        return proven
    }

    private func firstData(from offset: Int) throws(LogError) -> Int? {
        do {
            return try file.firstData(from: offset)
        } catch {
            throw LogError(error)
        }
    }

    private func range(_ offset: Int, _ count: Int) -> Range<Int> {
        offset - windowStart..<offset - windowStart + count
    }

    /// Brings bytes into the window; `false` when the segment ends before them.
    private mutating func load(_ offset: Int, _ count: Int) throws(LogError) -> Bool {
        if offset >= windowStart, offset + count <= windowStart + window.count { return true }
        guard offset + count <= end else { return false }
        let wanted = min(max(count, Self.windowBytes), end - offset)
        if window.count < wanted {
            // Not filled before it is read: the read below fills all of it, or throws.
            window = ContiguousArray(unsafeUninitializedCapacity: wanted) { _, count in count = wanted }
        } else {
            window.removeLast(window.count - wanted)
        }
        windowStart = offset
        let source = file
        do throws(FileError) {
            var span = window.mutableSpan
            var buffer = span.mutableBytes
            let read = try source.read(into: &buffer, at: offset)
            guard read == wanted else { throw .shortRead(source.path) }
            return true
        } catch {
            throw LogError(error)
        }
    }
}
