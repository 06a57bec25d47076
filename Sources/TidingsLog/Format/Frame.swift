/// The envelope of what stands in a segment: a record, a marker, a seal, or a part of a compacted segment.
///
/// A frame starts at a multiple of 8 bytes and holds, little-endian:
///
///     0   checksum         8   XXH64 over all that follows, padding included
///     8   payload length   4
///     12  kind             1
///     13  mark             3   never zero, so that a frame is never taken for unwritten space
///     16  payload, padded with zeros to a multiple of 8
///
/// The checksum is seeded with the segment's number and the frame's place: a frame that stood elsewhere never passes.
struct Frame: Equatable {
    enum Kind: UInt32 {
        /// A record; the payload belongs to the log's user.
        case record = 1
        /// The first frame of a group, whose payload is the offset up to which the segment was durable before it.
        case marker = 2
        /// The last frame of a segment that is followed by another; its payload is that of a marker.
        case seal = 3
        /// A record of a compacted segment: the offset that it had, 4 bytes, and then the payload.
        case kept = 5
        /// The last frame of a compacted segment, whose payload says where its records stand.
        case index = 6
    }

    static let headerBytes = 16
    static let marker = Frame(.marker, payloadBytes: 8)
    static let markerBytes = marker.byteCount
    static let seal = Frame(.seal, payloadBytes: 8)
    static let sealBytes = seal.byteCount
    /// How many bytes of the payload of a kept record are the offset that it had.
    static let originBytes = 4
    static let alignment = 8
    private static let mark: UInt32 = 0x4D52_4600

    let kind: Kind
    let payloadBytes: Int

    var byteCount: Int { Self.headerBytes + Self.padded(payloadBytes) }

    /// Whether the payload is an offset up to which the segment was durable.
    var provesDurability: Bool { kind == .marker || kind == .seal }

    static func padded(_ byteCount: Int) -> Int { (byteCount + alignment - 1) & ~(alignment - 1) }

    static func seed(segment: UInt64, offset: Int) -> UInt64 {
        segment &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(offset)
    }

    /// The frame whose header these bytes begin with, if they can be one at all; its checksum is not looked at.
    init?(header bytes: RawSpan) {
        let mark = bytes.number(at: 12, as: UInt32.self)
        guard mark & 0xFFFF_FF00 == Self.mark, let kind = Kind(rawValue: mark & 0xFF) else { return nil }
        self.init(kind, payloadBytes: Int(bytes.number(at: 8, as: UInt32.self)))
    }

    init(_ kind: Kind, payloadBytes: Int) {
        self.kind = kind
        self.payloadBytes = payloadBytes
    }

    /// Stores the header, still without its checksum, and the zeros behind the payload.
    func store(into bytes: inout MutableRawSpan, at offset: Int) {
        bytes.store(0 as UInt64, at: offset)
        assert(0...Int(UInt32.max) ~= payloadBytes, "a payload of \(payloadBytes) bytes does not fit in a frame")
        bytes.store(UInt32(payloadBytes), at: offset + 8)
        bytes.store(Self.mark | kind.rawValue, at: offset + 12)
        for padding in offset + Self.headerBytes + payloadBytes..<offset + byteCount {
            bytes.store(0 as UInt8, at: padding)
        }
    }

    /// A whole marker for a place in a segment.
    static func encodedMarker(durable: Int, segment: UInt64, offset: Int) -> ContiguousArray<UInt8> {
        var frame = ContiguousArray<UInt8>(repeating: 0, count: markerBytes)
        var span = frame.mutableSpan
        var bytes = span.mutableBytes
        marker.store(into: &bytes, at: 0)
        bytes.store(UInt64(durable), at: headerBytes)
        let checksum = checksum(bytes.bytes, segment: segment, offset: offset)
        bytes.store(checksum, at: 0)
        return frame
    }

    /// The checksum of the bytes of a frame that stands at a place in a segment.
    static func checksum(_ frame: RawSpan, segment: UInt64, offset: Int) -> UInt64 {
        XXH64.hash(frame.extracting(8..<frame.byteCount), seed: seed(segment: segment, offset: offset))
    }

    /// Whether the bytes of a frame are what was written at this place in a segment.
    static func checks(_ frame: RawSpan, segment: UInt64, offset: Int) -> Bool {
        frame.number(at: 0, as: UInt64.self) == checksum(frame, segment: segment, offset: offset)
    }
}
