/// The group that is being collected, and where its records will stand. No I/O and no locks.
struct Staging: Sendable {
    private var group: Group
    private var byteCount = 0
    private var ordinal: UInt64 = 0
    private var tail: Tail
    private let options: LogOptions
    /// The segment that could not be made for want of room, while that lasts.
    private(set) var shortage: Shortage?

    /// What a fresh buffer has room for, and what one shrinks back to after a burst.
    static let usualCapacity = 1 << 20

    init(tail: Tail, options: LogOptions) {
        self.tail = tail
        self.options = options
        group = Group(capacity: Self.usualCapacity)
    }

    var isEmpty: Bool { group.runs.isEmpty }

    var urgency: LogUrgency { group.urgency }

    /// Puts a record into the group and gives it its place; everything but its checksum is final.
    ///
    /// - Parameter keepingFree: How much must be left in the last segment while there is no room for another.
    mutating func stage(
        byteCount payloadBytes: Int, urgency: LogUrgency, keepingFree: Int, _ body: (inout OutputRawSpan) -> Void
    ) throws(LogError) -> LogTicket {
        guard (0...options.maximumRecordBytes).contains(payloadBytes) else {
            throw LogError(
                .tooLarge,
                "A record of \(payloadBytes) bytes is too large: at most \(options.maximumRecordBytes) are allowed. "
                    + "Make it smaller, or raise maximumRecordBytes.")
        }
        let frameBytes = Frame(.record, payloadBytes: payloadBytes).byteCount
        guard isEmpty || byteCount + frameBytes <= options.maximumStagedBytes else {
            throw LogError(
                .overloaded,
                "\(byteCount) bytes already wait for the disk; at most \(options.maximumStagedBytes) are allowed. "
                    + "Try again a little later, or append more slowly.")
        }
        if let shortage { try check(shortage, frameBytes, keepingFree: keepingFree) }
        makeRoom(in: frameBytes)
        begin(frameBytes)

        let position = LogPosition(segment: tail.segment, offset: tail.offset)
        let written = fill(payloadBytes, body)
        assert(written <= payloadBytes, "more bytes than were reserved for the record")
        advance(Frame(.record, payloadBytes: written))
        assert(
            tail.offset + Frame.sealBytes <= tail.segmentBytes, "a record must leave room for the seal of its segment")
        ordinal += 1
        group.finishLastRun(at: ordinal)
        group.urgency = max(group.urgency, urgency)
        return LogTicket(ordinal: ordinal, position: position)
    }

    /// Hands the group over and goes on with the buffers of one that was written.
    mutating func exchange(with spent: inout Group) {
        spent.runs.removeAll(keepingCapacity: true)
        spent.urgency = .lazy
        swap(&group, &spent)
        byteCount = 0
    }

    /// A segment that is not there because there is no room for it.
    struct Shortage: Sendable {
        let segment: UInt64
        let cause: LogError
    }

    /// Takes note that there is no room for the next segment, or that there is again.
    mutating func note(_ shortage: Shortage?) { self.shortage = shortage }

    /// Refuses a record that needs the segment for which there is no room, or what is to be left in the one before it.
    private func check(_ shortage: Shortage, _ frameBytes: Int, keepingFree: Int) throws(LogError) {
        let marker = isEmpty ? Frame.markerBytes : 0
        let end = tail.offset + marker + frameBytes + Frame.sealBytes
        guard tail.segment < shortage.segment, end + max(keepingFree, 0) <= tail.segmentBytes else {
            throw shortage.cause
        }
    }

    /// Makes sure of a run with a marker that has room for the frame, in the next segment if this one is full.
    private mutating func begin(_ frameBytes: Int) {
        let marker = isEmpty ? Frame.markerBytes : 0
        if tail.offset + marker + frameBytes + Frame.sealBytes > tail.segmentBytes {
            if isEmpty { openRun() }
            advance(.seal)
            let size = SegmentHeader.size(holding: Frame.markerBytes + frameBytes, usual: options.segmentBytes)
            tail = Tail(segment: tail.segment + 1, offset: SegmentHeader.byteCount, segmentBytes: size)
            openRun()
            advance(.marker)
        } else if isEmpty {
            openRun()
            advance(.marker)
        }
    }

    private mutating func openRun() {
        let range = byteCount..<byteCount
        let run = Group.Run(
            segment: tail.segment, segmentBytes: tail.segmentBytes, offset: tail.offset, range: range, ordinal: ordinal)
        group.runs.append(run)
    }

    /// Adds a frame whose payload is already in its place.
    private mutating func advance(_ frame: Frame) {
        let start = byteCount
        var span = group.bytes.mutableSpan
        var bytes = span.mutableBytes
        frame.store(into: &bytes, at: start)
        byteCount += frame.byteCount
        tail.offset += frame.byteCount
        group.extendLastRun(to: byteCount)
    }

    /// Lets the caller write the payload into its place; returns how many bytes it wrote.
    private mutating func fill(_ capacity: Int, _ body: (inout OutputRawSpan) -> Void) -> Int {
        let start = byteCount + Frame.headerBytes
        assert(start + capacity <= group.bytes.count, "room was made for the frame before")
        return group.bytes.withUnsafeMutableBytes { bytes in
            let target = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + capacity])
            var output = OutputRawSpan(buffer: target, initializedCount: 0)
            body(&output)
            return output.finalize(for: target)
        }
    }

    /// Grows the buffer, by doubling, for the frame and what may come with it.
    private mutating func makeRoom(in frameBytes: Int) {
        let needed = byteCount + 2 * Frame.markerBytes + Frame.sealBytes + frameBytes
        let capacity = group.bytes.count
        if needed > capacity { group.grow(to: max(needed, 2 * capacity), keeping: byteCount) }
    }
}
