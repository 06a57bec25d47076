/// An open file. It is closed when the last reference to it goes.
package protocol LogFile: AnyObject, Sendable {
    /// The path it was opened with.
    var path: String { get }

    /// How many bytes the file has.
    func size() throws(FileError) -> Int

    /// How many bytes of the disk the file takes; fewer than it has when there are holes in it.
    func allocatedSize() throws(FileError) -> Int

    /// Reads until the buffer is full or the file ends.
    ///
    /// - Returns: How many bytes were read; fewer than asked for only at the end of the file.
    func read(into buffer: inout MutableRawSpan, at offset: Int) throws(FileError) -> Int

    /// The first offset, from one on, that may hold something other than zeros; `nil` when all the rest is zeros.
    func firstData(from offset: Int) throws(FileError) -> Int?

    /// Writes all of the bytes, growing the file if it ends before them.
    func write(_ bytes: RawSpan, at offset: Int) throws(FileError)

    /// Makes the file this long with room on the disk for all of it; what is new reads as zeros.
    func allocate(_ byteCount: Int) throws(FileError)

    /// Cuts the file where this many bytes of it end; it is not longer than it was, and that needs no room on the disk.
    /// Durable after ``synchronize()``.
    func truncate(to byteCount: Int) throws(FileError)

    /// Makes what was written durable, together with the size of the file.
    func synchronize() throws(FileError)

    /// Lets the next reads come from the disk rather than from memory, where the system can do that.
    ///
    /// After a failed sync, memory may hold pages that the disk never got; they must not be taken for durable.
    func discardCache()
}

extension LogFile {
    /// The size of the file, for a provider whose files have no holes.
    package func allocatedSize() throws(FileError) -> Int { try size() }

    /// Overwrites a range with zeros.
    func zero(_ range: Range<Int>) throws(FileError) {
        let zeros = ContiguousArray<UInt8>(repeating: 0, count: min(range.count, 1 << 20))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = min(zeros.count, range.upperBound - offset)
            try write(zeros.span.bytes.extracting(0..<count), at: offset)
            offset += count
        }
    }
}
