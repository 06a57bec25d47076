extension OutputRawSpan {
    /// Appends a copy of bytes, for records that are put together in the log's buffer.
    package mutating func append(copying source: RawSpan) {
        precondition(source.byteCount <= freeCapacity, "more bytes than were reserved for the record")
        source.withUnsafeBytes { source in
            withUnsafeMutableBytes { target, initializedCount in
                UnsafeMutableRawBufferPointer(rebasing: target[initializedCount...]).copyMemory(from: source)
                initializedCount += source.count
            }
        }
    }
}
