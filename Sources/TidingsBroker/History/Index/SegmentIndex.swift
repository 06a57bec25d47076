import TidingsLog

/// The index of a sealed segment, in a file beside it: two tables of entries, sorted by hash, on pages of 4 KiB.
///
///     0     head         a page: magic 8 "TIDINDEX", format version 4, feature flags 4, segment 8, how many entries
///                        each table has, 4 and 4, the size of the segment's file 8, whether it was compacted 8
///     4096  ids          pages of entries, by the hash of the event's id
///           causations   pages of entries, by the hash of the causation id, of the events that have one
///
/// It holds nothing that its segment does not hold: if it is missing or damaged, it is built again. A look-up
/// reads the head and a page or two.
struct SegmentIndex {
    private static let magic: UInt64 = 0x5845_444E_4944_4954
    private static let version: UInt32 = 1

    private var ids: IndexTable
    private var causations: IndexTable

    /// Opens an index.
    /// - Throws: `IndexDamage`, `FileError`.
    init(_ file: any LogFile, of segment: LogSegment) throws {
        func damage(_ problem: String) -> IndexDamage { IndexDamage(file: file.path, problem: problem) }
        let size = try file.size()
        guard size >= IndexPage.byteCount else { throw damage("it is too short") }
        let page = try Self.page(0, of: file, segment: segment.number)
        let head = page.span.bytes
        func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
            Number(littleEndian: head.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        guard number(at: 0) == Self.magic else { throw damage("it does not begin with its magic number") }
        let (version, flags): (UInt32, UInt32) = (number(at: 8), number(at: 12))
        guard version == Self.version, flags == 0 else {
            throw damage("it has format version \(version) and features \(flags)")
        }
        guard number(at: 16) == segment.number, number(at: 32) == UInt64(segment.byteCount),
            number(at: 40) == (segment.isCompacted ? 1 : 0) as UInt64
        else { throw damage("it belongs to another segment, or to this one before it was compacted") }
        let counts: (ids: UInt32, causations: UInt32) = (number(at: 24), number(at: 28))
        ids = IndexTable(file, segment: segment.number, firstPage: 1, count: Int(counts.ids))
        causations = IndexTable(
            file, segment: segment.number, firstPage: 1 + ids.pageCount, count: Int(counts.causations))
        guard size == (1 + ids.pageCount + causations.pageCount) * IndexPage.byteCount else {
            throw damage("its length is wrong")
        }
    }

    /// The table for one kind of look-up.
    func table(for key: EventQuery.Key) -> IndexTable {
        switch key {
        case .id: ids
        case .causation: causations
        }
    }

    /// Reads every page and its checksum.
    /// - Throws: `IndexDamage`, `FileError`.
    mutating func verify() throws {
        try ids.verify()
        try causations.verify()
    }

    /// A page of an index file, proven by its checksum.
    /// - Throws: `IndexDamage`, `FileError`.
    static func page(_ number: Int, of file: any LogFile, segment: UInt64) throws -> [UInt8] {
        var page = [UInt8](repeating: 0, count: IndexPage.byteCount)
        var span = page.mutableSpan
        var buffer = span.mutableBytes
        guard try file.read(into: &buffer, at: number * IndexPage.byteCount) == IndexPage.byteCount,
            IndexPage.checks(buffer.bytes, page: number, segment: segment)
        else { throw IndexDamage(file: file.path, problem: "the checksum of its page \(number) is wrong") }
        return page
    }

    /// Writes an index, a few pages at a time. Not durable before the file is synced.
    static func write(_ entries: IndexEntries, of segment: LogSegment, to file: any LogFile) throws(FileError) {
        var bytes: [UInt8] = []
        IndexPage.append(to: &bytes, page: 0, segment: segment.number) { head in
            head.storeBytes(of: magic.littleEndian, toByteOffset: 0, as: UInt64.self)
            head.storeBytes(of: version.littleEndian, toByteOffset: 8, as: UInt32.self)
            head.storeBytes(of: segment.number.littleEndian, toByteOffset: 16, as: UInt64.self)
            head.storeBytes(of: UInt32(entries.ids.count).littleEndian, toByteOffset: 24, as: UInt32.self)
            head.storeBytes(of: UInt32(entries.causations.count).littleEndian, toByteOffset: 28, as: UInt32.self)
            head.storeBytes(of: UInt64(segment.byteCount).littleEndian, toByteOffset: 32, as: UInt64.self)
            let isCompacted: UInt64 = segment.isCompacted ? 1 : 0
            head.storeBytes(of: isCompacted.littleEndian, toByteOffset: 40, as: UInt64.self)
        }
        var page = 1
        var offset = 0
        for table in [entries.ids, entries.causations] {
            for start in stride(from: 0, to: table.count, by: IndexPage.entriesPerPage) {
                let end = min(start + IndexPage.entriesPerPage, table.count)
                IndexPage.append(table[start..<end], to: &bytes, page: page, segment: segment.number)
                page += 1
                guard bytes.count >= writeByteCount else { continue }
                try file.write(bytes.span.bytes, at: offset)
                offset += bytes.count
                bytes.removeAll(keepingCapacity: true)
            }
        }
        if !bytes.isEmpty { try file.write(bytes.span.bytes, at: offset) }
    }

    private static let writeByteCount = 256 << 10
}
