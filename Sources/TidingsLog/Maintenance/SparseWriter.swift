/// Writes stretches of a file in order, in large calls, and leaves holes where nothing is to stand.
struct SparseWriter: ~Copyable {
    private let file: any LogFile
    private var buffer = ContiguousArray<UInt8>()
    private var start = 0

    private static let bufferBytes = 1 << 20
    /// Less than a page is filled with zeros, for it would make no hole.
    private static let smallestHole = 4096

    init(_ file: any LogFile) { self.file = file }

    /// Adds bytes at an offset behind all that was added before.
    mutating func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        let distance = offset - start - buffer.count
        if distance >= Self.smallestHole || buffer.count + distance + bytes.byteCount > Self.bufferBytes {
            try flush()
            start = offset
        } else {
            buffer.append(contentsOf: repeatElement(0, count: distance))
        }
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    /// Writes what was added and is not written yet.
    mutating func flush() throws(FileError) {
        if !buffer.isEmpty { try file.write(buffer.span.bytes, at: start) }
        buffer.removeAll(keepingCapacity: true)
    }
}
