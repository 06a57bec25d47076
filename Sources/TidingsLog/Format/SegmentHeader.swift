/// The first page of a segment file.
///
///     0     magic            8   "TIDELOG\n"
///     8     format version   4
///     12    feature flags    4   bit 0: compacted, may hold gaps; unknown ones are refused
///     16    segment number   8
///     24    segment size     8   of the whole file, in bytes
///     32    zeros
///     4088  checksum         8   XXH64 over what stands before it
///
/// Magic, version, flags and checksum stay where they are in every later version.
struct SegmentHeader: Equatable {
    static let byteCount = 4096
    private static let magic: UInt64 = 0x0A47_4F4C_4544_4954
    private static let version: UInt32 = 1
    private static let compactedFlag: UInt32 = 1
    private static let checksumOffset = byteCount - 8

    let number: UInt64
    let segmentBytes: Int
    let isCompacted: Bool

    init(number: UInt64, segmentBytes: Int, isCompacted: Bool = false) {
        self.number = number
        self.segmentBytes = segmentBytes
        self.isCompacted = isCompacted
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
        self.init(number: number, segmentBytes: size, isCompacted: flags & Self.compactedFlag != 0)
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
