/// The first page of a segment file.
///
///     0     magic            8   "TIDELOG\n"
///     8     format version   4
///     12    feature flags    4   bit 1: compacted, records stand one behind the other; unknown ones are refused
///     16    segment number   8
///     24    segment size     8   of the whole file, in bytes
///     32    index            8   where the index of a compacted segment stands, which is its last frame
///     40    zeros
///     4088  checksum         8   XXH64 over what stands before it
///
/// Magic, version, flags and checksum stay where they are in every later version.
struct SegmentHeader: Equatable {
    static let byteCount = 4096
    private static let magic: UInt64 = 0x0A47_4F4C_4544_4954
    private static let version: UInt32 = 1
    private static let compactedFlag: UInt32 = 2
    private static let checksumOffset = byteCount - 8

    let number: UInt64
    let segmentBytes: Int
    /// Where the index of a compacted segment stands; `nil` for one that was not compacted.
    let indexPlace: Int?

    var isCompacted: Bool { indexPlace != nil }

    init(number: UInt64, segmentBytes: Int, indexPlace: Int? = nil) {
        self.number = number
        self.segmentBytes = segmentBytes
        self.indexPlace = indexPlace
    }

    /// Reads a header and refuses what is not one, or is one of a version this code does not know.
    init(_ bytes: RawSpan, number: UInt64, file: String) throws(LogError) {
        let checksum = XXH64.hash(bytes.extracting(0..<Self.checksumOffset), seed: 0)
        guard bytes.number(at: 0, as: UInt64.self) == Self.magic,
            bytes.number(at: Self.checksumOffset, as: UInt64.self) == checksum
        else {
            throw .damage(file, at: 0, "the checksum of its header is wrong")
        }
        let version = bytes.number(at: 8, as: UInt32.self)
        guard version == Self.version else {
            throw LogError(
                .unsupportedFormat,
                "\(file) has format version \(version); this program knows version \(Self.version). "
                    + "Open it with the version that wrote it, or a later one.")
        }
        let flags = bytes.number(at: 12, as: UInt32.self)
        guard flags & ~Self.compactedFlag == 0 else {
            throw LogError(
                .unsupportedFormat,
                "\(file) uses features (flags 0x\(String(flags, radix: 16))) that this program does not know. "
                    + "Open it with the version that wrote it, or a later one.")
        }
        guard bytes.number(at: 16, as: UInt64.self) == number else {
            throw .damage(file, at: 16, "its header belongs to another segment")
        }
        guard let size = Int(exactly: bytes.number(at: 24, as: UInt64.self)), size <= Int(UInt32.max),
            size >= Self.byteCount + Frame.sealBytes
        else {
            throw .damage(file, at: 24, "its header names a size that no segment has")
        }
        var indexPlace: Int?
        if flags & Self.compactedFlag != 0 {
            let place = bytes.number(at: 32, as: UInt64.self)
            guard (UInt64(Self.byteCount)...UInt64(size - Frame.sealBytes)).contains(place) else {
                throw .damage(file, at: 32, "its header names a place for the index that no segment has")
            }
            indexPlace = Int(place)
        }
        self.init(number: number, segmentBytes: size, indexPlace: indexPlace)
    }

    func encoded() -> ContiguousArray<UInt8> {
        var page = ContiguousArray<UInt8>(repeating: 0, count: Self.byteCount)
        var span = page.mutableSpan
        var bytes = span.mutableBytes
        bytes.store(Self.magic, at: 0)
        bytes.store(Self.version, at: 8)
        bytes.store(isCompacted ? Self.compactedFlag : 0, at: 12)
        bytes.store(number, at: 16)
        bytes.store(UInt64(segmentBytes), at: 24)
        bytes.store(UInt64(indexPlace ?? 0), at: 32)
        let checksum = XXH64.hash(bytes.bytes.extracting(0..<Self.checksumOffset), seed: 0)
        bytes.store(checksum, at: Self.checksumOffset)
        return page
    }

    /// The size of the segment for a first group of so many bytes: the usual one, or as much more as it takes.
    static func size(holding byteCount: Int, usual: Int) -> Int {
        let needed = max(usual, Self.byteCount + byteCount + Frame.sealBytes)
        return (needed + Self.byteCount - 1) / Self.byteCount * Self.byteCount
    }
}

extension LogError {
    /// A file that does not hold what was made durable.
    static func damage(_ file: String, at offset: Int, _ problem: String) -> LogError {
        LogError(
            .corrupt,
            "\(file) is damaged at offset \(offset): \(problem). Nothing was changed. "
                + "Restore the folder from a backup, or copy it aside and ask for help; do not edit it.")
    }
}
