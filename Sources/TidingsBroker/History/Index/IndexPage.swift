import TidingsLog

/// A page of an index file. Each carries a checksum of its own, so that a look-up proves all that it reads without
/// reading the whole file; together they cover every byte.
///
///     0     content    4088   the head of the file, or 255 entries of 16 bytes and 8 zeros
///     4088  checksum   8      XXH64 of the content, seeded with the segment and the number of the page
enum IndexPage {
    static let byteCount = 4096
    static let entriesPerPage = 255
    private static let contentByteCount = byteCount - 8
    private static let entryByteCount = 16
    private static let seed: UInt64 = 0x5849_4449_4E47_5331

    /// How many pages so many entries take.
    static func count(holding entries: Int) -> Int { (entries + entriesPerPage - 1) / entriesPerPage }

    /// Adds a page of entries to a file that is being put together.
    static func append(_ entries: ArraySlice<IndexEntry>, to file: inout [UInt8], page: Int, segment: UInt64) {
        append(to: &file, page: page, segment: segment) { bytes in
            for (index, entry) in entries.enumerated() {
                let offset = index * entryByteCount
                bytes.storeBytes(of: entry.hash.littleEndian, toByteOffset: offset, as: UInt64.self)
                bytes.storeBytes(of: entry.offset.littleEndian, toByteOffset: offset + 8, as: UInt32.self)
                bytes.storeBytes(of: entry.number.littleEndian, toByteOffset: offset + 12, as: UInt32.self)
            }
        }
    }

    /// Adds a page whose content `body` writes over zeros.
    static func append(
        to file: inout [UInt8], page: Int, segment: UInt64, _ body: (inout MutableRawSpan) -> Void
    ) {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var span = bytes.mutableSpan
        var buffer = span.mutableBytes
        body(&buffer)
        let checksum = checksum(of: buffer.bytes, page: page, segment: segment)
        buffer.storeBytes(of: checksum.littleEndian, toByteOffset: contentByteCount, as: UInt64.self)
        file += bytes
    }

    /// Whether a page is what was written in its place.
    static func checks(_ bytes: RawSpan, page: Int, segment: UInt64) -> Bool {
        let stored = bytes.unsafeLoadUnaligned(fromByteOffset: contentByteCount, as: UInt64.self)
        return UInt64(littleEndian: stored) == checksum(of: bytes, page: page, segment: segment)
    }

    /// An entry of a page.
    static func entry(at index: Int, of bytes: RawSpan) -> IndexEntry {
        let offset = index * entryByteCount
        return IndexEntry(
            hash: hash(at: index, of: bytes),
            offset: UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)),
            number: UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)))
    }

    /// The hash of an entry.
    static func hash(at index: Int, of bytes: RawSpan) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index * entryByteCount, as: UInt64.self))
    }

    private static func checksum(of bytes: RawSpan, page: Int, segment: UInt64) -> UInt64 {
        XXH64.hash(bytes.extracting(0..<contentByteCount), seed: seed ^ segment &<< 32 ^ UInt64(page))
    }
}
