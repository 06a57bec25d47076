import TidingsRouting

/// An event as it is published: encoded once, together with its older forms.
package struct EncodedEvent: Sendable, Hashable {
    package let type: EventType
    private let subjectText: ByteText?
    package var subject: String? { subjectText?.string }
    package let data: EventBytes
    /// The older forms that are published beside it, for consumers that know no newer one.
    package let lowered: [EncodedEvent]

    /// Encodes an event and its older forms.
    /// - Throws: if the event cannot be encoded.
    package init(_ event: some Event) throws {
        try self.init(event, lowered: try event.loweredForms().map { try EncodedEvent($0, lowered: []) })
    }

    private init(_ event: some Event, lowered: [EncodedEvent]) throws {
        type = Swift.type(of: event).type
        subjectText = event.subject.map(ByteText.init(_:))
        data = try EventCoding.encode(event)
        self.lowered = lowered
    }

    /// An event that was encoded before.
    package init(type: EventType, subject: String?, data: EventBytes, lowered: [EncodedEvent]) {
        self.type = type
        subjectText = subject.map(ByteText.init(_:))
        self.data = data
        self.lowered = lowered
    }

    /// Makes the envelope in which the event travels.
    /// - Parameter original: the event of a newer version that this is an older form of.
    package func envelope(
        id: EventID, source: String, time: Timestamp, correlationID: String? = nil, causationID: EventID? = nil,
        trace: TraceContext? = nil, twinOf original: EventID? = nil
    ) -> Envelope {
        Envelope(
            id: id, source: source, type: type, subject: subject, time: time, correlationID: correlationID,
            causationID: causationID, trace: trace,
            extensions: original.map { [Envelope.twinAttribute: .text($0.rawValue)] } ?? [:], data: data)
    }
}

extension Envelope {
    /// Puts an event into an envelope of its own, as a test or a program without a database publishes it. Older forms of
    /// the event are not made.
    /// - Throws: if the event cannot be encoded.
    public init(
        _ event: some Event, id: EventID, source: String, time: Timestamp, correlationID: String? = nil,
        causationID: EventID? = nil
    ) throws {
        self = try EncodedEvent(event).envelope(
            id: id, source: source, time: time, correlationID: correlationID, causationID: causationID)
    }
}
