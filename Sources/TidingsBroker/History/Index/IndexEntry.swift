/// The place of an event in its segment, by the hash of the text that it is looked up by.
package struct IndexEntry: Comparable, Sendable {
    package let hash: UInt64
    /// The offset of its record in the segment.
    package let offset: UInt32
    /// Its place among the events of the record.
    package let number: UInt32

    package init(hash: UInt64, offset: UInt32, number: UInt32) {
        self.hash = hash
        self.offset = offset
        self.number = number
    }

    /// Entries of one hash are in the order of publishing.
    package static func < (left: IndexEntry, right: IndexEntry) -> Bool {
        (left.hash, left.offset, left.number) < (right.hash, right.offset, right.number)
    }
}
