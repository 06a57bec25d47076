import TidingsRouting

/// An event on its way: the attributes of CloudEvents 1.0 and the data, unread.
///
/// Names in the documents of the reference systems map so: `id` is messageId and eventId, `time` is timestamp, `type` is
/// event type and DetailType, `data` is Detail and payload.
public struct Envelope: Sendable, Hashable {
    /// What an envelope holds.
    private struct Fields: Hashable {
        var id: EventID
        var source: ByteText
        var type: EventType
        var subject: ByteText?
        var time: Timestamp
        var writtenTime: ByteText?
        var dataContentType: ByteText?
        var correlationID: ByteText?
        var causationID: EventID?
        var trace: TraceContext?
        var extensions: [String: ExtensionValue]
        var data: EventBytes
        var dataForm: DataForm?
    }

    /// The fields, shared by all copies: a copy of an envelope is one reference rather than a dozen.
    private final class Storage: Sendable {
        let fields: Fields

        init(_ fields: Fields) {
            self.fields = fields
        }
    }

    private var storage: Storage

    private var fields: Fields {
        get { storage.fields }
        set { storage = Storage(newValue) }
    }

    /// The identity of the event, unique together with ``source``; 1 to 1,024 bytes.
    public var id: EventID {
        get { storage.fields.id }
        set { fields.id = newValue }
    }

    /// Where the event happened, as a URI reference: `/orders/payment`; 1 to 1,024 bytes.
    public var source: String {
        get { storage.fields.source.string }
        set { fields.source = ByteText(newValue) }
    }

    /// The kind of event and its version; 1 to 1,024 bytes.
    public var type: EventType {
        get { storage.fields.type }
        set { fields.type = newValue }
    }

    /// What the event is about, such as an order id; the ordering key unless `partitionkey` is set; 1 to 1,024
    /// bytes.
    public var subject: String? {
        get { storage.fields.subject?.string }
        set { fields.subject = newValue.map(ByteText.init(_:)) }
    }

    /// When it happened, by the clock of its publisher; not the time at which the bus got it.
    public var time: Timestamp {
        get { storage.fields.time }
        set {
            fields.time = newValue
            fields.writtenTime = nil
        }
    }

    /// The time as its producer wrote it, with its offset and all its digits, or as ``Timestamp`` writes it; at most 64
    /// bytes. Patterns see this text.
    public var writtenTime: String { storage.fields.writtenTime?.string ?? time.description }

    /// The text of the time if it is another than ``time`` would have.
    var keptTime: String? {
        get { storage.fields.writtenTime?.string }
        set { fields.writtenTime = newValue == time.description ? nil : newValue.map(ByteText.init(_:)) }
    }

    /// The media type of ``data``; `nil` means `application/json`. 1 to 1,024 bytes.
    public var dataContentType: String? {
        get { storage.fields.dataContentType?.string }
        set { fields.dataContentType = newValue.map(ByteText.init(_:)) }
    }

    /// What the whole conversation belongs together by: the id of the event that began it, unless the caller named one.
    /// At most 1,024 bytes.
    public var correlationID: String? {
        get { storage.fields.correlationID?.string }
        set { fields.correlationID = newValue.map(ByteText.init(_:)) }
    }

    /// The id of the event that was handled when this one was published; `nil` if none was. At most 1,024 bytes.
    public var causationID: EventID? {
        get { storage.fields.causationID }
        set { fields.causationID = newValue }
    }

    /// The W3C trace context in which it was published.
    public var trace: TraceContext? {
        get { storage.fields.trace }
        set { fields.trace = newValue }
    }

    /// Further attributes, at most 64, by their CloudEvents names: 1 to 64 lower-case letters and digits, between which
    /// hyphens may stand as in EventBridge's `replay-name`.
    public var extensions: [String: ExtensionValue] {
        get { storage.fields.extensions }
        set { fields.extensions = newValue }
    }

    /// The body, byte for byte as it was published; JSON unless ``dataContentType`` says otherwise.
    public var data: EventBytes {
        get { storage.fields.data }
        set {
            fields.data = newValue
            fields.dataForm = nil
        }
    }

    /// How the data came, if that is not the usual form of its media type.
    var keptDataForm: DataForm? {
        get { storage.fields.dataForm }
        set { fields.dataForm = newValue == usualDataForm ? nil : newValue }
    }

    /// Makes an envelope. Nothing is checked here: a bus refuses an event whose attributes or data are not valid.
    /// - Parameters:
    ///   - id: unique together with `source`.
    ///   - source: a URI reference, not empty.
    public init(
        id: EventID, source: String, type: EventType, subject: String? = nil, time: Timestamp,
        dataContentType: String? = nil, correlationID: String? = nil, causationID: EventID? = nil,
        trace: TraceContext? = nil, extensions: [String: ExtensionValue] = [:], data: EventBytes
    ) {
        storage = Storage(
            Fields(
                id: id, source: ByteText(source), type: type, subject: subject.map(ByteText.init(_:)), time: time,
                writtenTime: nil, dataContentType: dataContentType.map(ByteText.init(_:)),
                correlationID: correlationID.map(ByteText.init(_:)), causationID: causationID, trace: trace,
                extensions: extensions, data: data, dataForm: nil))
    }

    /// Takes over how the time and the data came, where that is not the usual way.
    mutating func keep(writtenTime: String?, dataForm: DataForm?) {
        guard writtenTime != nil || dataForm != nil else { return }
        fields.writtenTime = writtenTime.map(ByteText.init(_:))
        fields.dataForm = dataForm
    }

    /// Whether the attributes and the data are the same.
    public static func == (left: Envelope, right: Envelope) -> Bool {
        left.storage === right.storage || left.fields == right.fields
    }

    /// Hashes the attributes and the data.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(fields)
    }

    /// The ordering key, compared by its bytes.
    var lineKey: ByteText? { orderingKey.map(ByteText.init(_:)) }

    /// The key by which order is kept: the extension `partitionkey` unless it is empty, otherwise the subject; no key, no
    /// order.
    public var orderingKey: String? { text(ofExtension: "partitionkey") ?? subject }

    /// The event of a newer version that this one is an older form of, if it is such a twin.
    public var twinOf: EventID? { text(ofExtension: Self.twinAttribute).map(EventID.init(_:)) }

    /// Before which moment no queue and no consumer group gets it, on a bus that can delay events
    /// (``BusCapabilities/delays``): the extension `notbefore`, a time as RFC 3339 writes it, at most 366 days ahead. `nil` if
    /// it comes at once, and for a text that is no time, with which no event is published. What history and replays bring comes
    /// at once all the same.
    public var notBefore: Timestamp? {
        get { text(ofExtension: Self.notBeforeAttribute).flatMap(Timestamp.init(_:)) }
        set { extensions[Self.notBeforeAttribute] = newValue.map { .text($0.description) } }
    }

    /// What stands in an extension, if that is not empty.
    private func text(ofExtension name: String) -> String? {
        let extensions = storage.fields.extensions
        guard !extensions.isEmpty, let text = extensions[name]?.description, !text.isEmpty else { return nil }
        return text
    }

    /// The id by which consumers know the event: that of the event it is an older form of, or its own. Whichever form
    /// comes first is handled.
    package var originalID: EventID { twinOf ?? id }

    static let twinAttribute = "twinof"
    static let notBeforeAttribute = "notbefore"

    /// Reads the data as an event, lifting an older version if `E` knows how.
    /// - Throws: ``TidingsError`` with code `undecodable` when the data does not fit or the type is none of `E`'s forms.
    public func decode<E: Event>(_ type: E.Type = E.self) throws -> E {
        guard let form = E.forms.first(where: { $0.type == self.type }) else {
            throw TidingsError(.undecodable, "an event of type \(self.type) cannot be read as \(E.type)")
        }
        return try decode(form)
    }

    func decode<E: Event>(_ form: EventForm<E>) throws -> E {
        do {
            return try form.decode(data)
        } catch {
            throw TidingsError(.undecodable, "the data of \(type) \(id) does not fit \(E.self)", cause: error)
        }
    }
}

/// A place in a distributed trace, as W3C Trace Context writes it.
public struct TraceContext: Sendable, Hashable {
    private var parentText: ByteText
    private var stateText: ByteText?

    /// The header `traceparent`, as W3C Trace Context writes it; at most 256 bytes.
    public var parent: String {
        get { parentText.string }
        set { parentText = ByteText(newValue) }
    }

    /// The header `tracestate`, at most 8,192 bytes; `nil` if there is none.
    public var state: String? {
        get { stateText?.string }
        set { stateText = newValue.map(ByteText.init(_:)) }
    }

    /// Makes a trace context from its two headers, which are not parsed here.
    public init(parent: String, state: String? = nil) {
        parentText = ByteText(parent)
        stateText = state.map(ByteText.init(_:))
    }
}
