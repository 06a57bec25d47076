package import TidingsLog

/// What the index of a segment holds, in order.
package struct IndexEntries {
    package private(set) var ids: [IndexEntry]
    package private(set) var causations: [IndexEntry]

    package init(ids: [IndexEntry], causations: [IndexEntry]) {
        self.ids = ids.sorted()
        self.causations = causations.sorted()
    }

    /// Reads a sealed segment from end to end.
    package init(of segment: UInt64, in log: Log, hash: (RawSpan) -> UInt64) throws {
        var ids: [IndexEntry] = []
        var causations: [IndexEntry] = []
        var last: RecordPosition?
        var number: UInt32 = 0
        try log.forEachEvent(ofSegment: segment) { event, record, position in
            number = position == last ? number + 1 : 0
            last = position
            let envelope = record.extracting(event.envelope)
            let texts = try EnvelopeTexts(envelope)
            func entry(_ text: Range<Int>) -> IndexEntry {
                IndexEntry(hash: hash(envelope.extracting(text)), offset: position.offset, number: number)
            }
            ids.append(entry(texts.id))
            if let causation = texts.causationID { causations.append(entry(causation)) }
            return true
        }
        self.init(ids: ids, causations: causations)
    }
}
