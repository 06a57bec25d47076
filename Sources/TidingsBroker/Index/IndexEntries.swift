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
        try log.scan(segment: segment) { position, record in
            var number: UInt32 = 0
            try PublishLayout.forEachEvent(in: record) { event in
                let envelope = record.extracting(event.envelope)
                let texts = try EnvelopeTexts(envelope)
                func entry(_ text: Range<Int>) -> IndexEntry {
                    IndexEntry(hash: hash(envelope.extracting(text)), offset: position.offset, number: number)
                }
                ids.append(entry(texts.id))
                if let causation = texts.causationID { causations.append(entry(causation)) }
                number += 1
                return true
            }
            return true
        }
        self.init(ids: ids, causations: causations)
    }
}

extension Log {
    /// Hands over the records of one segment; none where it is gone.
    func scan(segment: UInt64, _ body: (LogPosition, RawSpan) throws -> Bool) throws {
        _ = try scan(
            from: LogPosition(segment: segment, offset: 0), until: LogPosition(segment: segment + 1, offset: 0), body)
    }
}
