/// Where the records of a compacted segment stand in its file.
///
/// Its records stand in stretches: as many as fit in 2 KiB, or a larger one alone. The index knows the first record of
/// each, so that any record is found by one search in memory and one read. It is the payload of the last frame:
///
///     0   end       8   where the segment ended before it was compacted
///     8   stretches 8   for each: the offset that its first record had, 4, and where that stands now, 4
struct DenseIndex: Sendable {
    /// Some records, one behind the other.
    struct Stretch: Sendable {
        /// The offset that the first of them had.
        let origin: UInt32
        /// Where it stands in the file.
        let place: UInt32
    }

    private static let stretchBytes = 2048

    private(set) var stretches = ContiguousArray<Stretch>()
    /// Behind the last record of the file: where the index itself stands.
    private(set) var end = SegmentHeader.byteCount
    /// Where the segment ended before it was compacted.
    var originalEnd = SegmentHeader.byteCount

    /// An index of no records.
    init() {}

    /// The frame that holds it.
    var frame: Frame { Frame(.index, payloadBytes: 8 + 8 * stretches.count) }

    /// The size of the file that ends with it.
    var segmentBytes: Int { end + frame.byteCount }

    /// Gives a record the next place.
    ///
    /// More than a file can hold may be added, for one that is measured and never written.
    mutating func add(_ frame: Frame, origin: Int) {
        let isFirst = stretches.last.map { end + frame.byteCount - Int($0.place) > Self.stretchBytes } ?? true
        if isFirst { stretches.append(Stretch(origin: UInt32(origin), place: UInt32(truncatingIfNeeded: end))) }
        end += frame.byteCount
    }

    /// Where the stretch lies that holds the record which had an offset, if there is such a record.
    func stretch(holding origin: Int) -> Range<Int>? {
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].origin <= origin { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        return Int(stretches[low - 1].place)..<(low < stretches.count ? Int(stretches[low].place) : end)
    }
}

extension DenseIndex {
    /// Reads the payload of the frame at a place; `nil` if it is not that of an index.
    init?(_ payload: RawSpan, at place: Int) {
        guard payload.byteCount >= 8, payload.byteCount.isMultiple(of: 8),
            let originalEnd = Int(exactly: payload.number(at: 0, as: UInt64.self))
        else { return nil }
        self.originalEnd = originalEnd
        end = place
        var last = (origin: 0, place: SegmentHeader.byteCount - 1)
        for offset in stride(from: 8, to: payload.byteCount, by: 8) {
            let stretch = Stretch(
                origin: payload.number(at: offset, as: UInt32.self),
                place: payload.number(at: offset + 4, as: UInt32.self))
            guard stretch.origin > last.origin, stretch.place > last.place, stretch.place < place else { return nil }
            stretches.append(stretch)
            last = (Int(stretch.origin), Int(stretch.place))
        }
    }

    /// Adds the payload to the bytes of its frame.
    func write(to bytes: inout ContiguousArray<UInt8>) {
        bytes.append(UInt64(originalEnd))
        for stretch in stretches {
            bytes.append(stretch.origin)
            bytes.append(stretch.place)
        }
    }
}
