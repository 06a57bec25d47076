package import Tidings

/// Which events a look-up finds. Texts are compared byte by byte.
package struct EventQuery: Sendable {
    /// The text by which an event is looked up.
    enum Key {
        case id
        case causation
    }

    let key: Key
    let text: [UInt8]
    private let source: [UInt8]?
    /// The last event that may be shown.
    let last: UInt64

    /// Finds the events with an id, from one source or from any.
    package init(id: EventID, source: String?, through last: UInt64) {
        key = .id
        text = Array(id.rawValue.utf8)
        self.source = source.map { Array($0.utf8) }
        self.last = last
    }

    /// Finds the events that an event caused.
    package init(causedBy id: EventID, through last: UInt64) {
        key = .causation
        text = Array(id.rawValue.utf8)
        source = nil
        self.last = last
    }

    /// The event of an entry if it matches. Only then is it decoded.
    func event(_ entry: PublishLayout.Entry, in record: RawSpan) throws -> RecordedEvent? {
        guard entry.sequence <= last else { return nil }
        let envelope = record.extracting(entry.envelope)
        let texts = try EnvelopeTexts(envelope)
        let found = key == .id ? texts.id : texts.causationID
        guard let found, Self.equal(envelope, found, text),
            source.map({ Self.equal(envelope, texts.source, $0) }) ?? true
        else { return nil }
        return try RecordedEvent(entry, in: record)
    }

    private static func equal(_ envelope: RawSpan, _ range: Range<Int>, _ text: [UInt8]) -> Bool {
        range.count == text.count && envelope.extracting(range).withUnsafeBytes { $0.elementsEqual(text) }
    }
}
