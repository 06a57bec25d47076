import TidingsRouting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The JSON form of CloudEvents 1.0 (JSON Event Format, section 3): attributes and data in one object.
///
/// Reading and matching use the same scanner, and the data is a slice of the bytes that came in.
extension Envelope {
    /// Reads an event in the JSON form, validating it on the way.
    ///
    /// What EventBridge calls `detail-type` and `detail` are taken as `type` and `data`. If a name comes twice, the
    /// last one counts. An extension is text, a number, a boolean or, as `resources`, a list; all are kept as text.
    /// - Parameters:
    ///   - json: the bytes of one object.
    ///   - environment: where a missing `id` or `time` comes from; without it they must be there.
    /// - Throws: ``TidingsError`` with code `invalid`: what is wrong, of which attribute or at which byte.
    public init(json: EventBytes, filling environment: RuntimeEnvironment? = nil) throws(TidingsError) {
        let attributes = try CloudEventAttributes(json)
        if let version = attributes.texts["specversion"], version != "1.0" {
            throw TidingsError(.invalid, "specversion is \(version); only 1.0 is known")
        }
        guard let id = attributes.texts["id"].map(EventID.init(_:)) ?? environment?.makeID() else {
            throw .missing("id")
        }
        guard let source = attributes.texts["source"] else { throw .missing("source") }
        guard let type = attributes.texts["type"] else { throw .missing("type") }
        guard let time = try attributes.time() ?? environment?.now() else { throw .missing("time") }
        self.init(
            id: id, source: source, type: EventType(rawValue: type), subject: attributes.texts["subject"], time: time,
            dataContentType: attributes.texts["datacontenttype"], correlationID: attributes.texts["correlationid"],
            causationID: attributes.texts["causationid"].map(EventID.init(_:)),
            trace: attributes.texts["traceparent"].map {
                TraceContext(parent: $0, state: attributes.texts["tracestate"])
            },
            extensions: attributes.texts.filter { !Self.attributeNames.contains($0.key) }, data: EventBytes(""))
        data = try attributes.data(of: json, isJSON: isJSON)
        try validate(isValidated: attributes.dataIsJSON)
    }

    /// The event in the JSON form. Data that is not JSON is written as `data_base64`.
    public var json: EventBytes {
        var writer = JSONTextWriter()
        writer.begin("specversion", "1.0")
        for (name, value) in attributes {
            if name == Self.resourcesAttribute, JSON.texts(inListOf: value) != nil {
                writer.add(name, raw: EventBytes(value))
            } else {
                writer.add(name, value)
            }
        }
        if !isJSON {
            writer.add("data_base64", Data(data).base64EncodedString())
        } else if !data.isEmpty {
            writer.add("data", raw: data)
        }
        return writer.finish()
    }

    /// The attributes by their CloudEvents names: those that are there, extensions last and by name.
    package var attributes: [(name: String, value: String)] {
        var attributes = [
            (name: "id", value: id.rawValue), (name: "source", value: source), (name: "type", value: type.rawValue),
            (name: "time", value: time.description),
        ]
        if let subject { attributes.append((name: "subject", value: subject)) }
        if let dataContentType { attributes.append((name: "datacontenttype", value: dataContentType)) }
        if let correlationID { attributes.append((name: "correlationid", value: correlationID)) }
        if let causationID { attributes.append((name: "causationid", value: causationID.rawValue)) }
        if let trace { attributes.append((name: "traceparent", value: trace.parent)) }
        if let state = trace?.state { attributes.append((name: "tracestate", value: state)) }
        guard !extensions.isEmpty else { return attributes }
        for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
            attributes.append((name: name, value: value))
        }
        return attributes
    }

    /// The attributes as patterns see them: `specversion` among them, and each of the `resources` for itself, so that
    /// they are a list.
    package var matchedAttributes: [(name: String, value: String)] {
        let attributes = attributes + [(name: "specversion", value: "1.0")]
        guard let list = extensions[Self.resourcesAttribute], let resources = JSON.texts(inListOf: list) else {
            return attributes
        }
        return attributes.filter { $0.name != Self.resourcesAttribute }
            + resources.map { (name: Self.resourcesAttribute, value: $0) }
    }

    static let resourcesAttribute = "resources"
    private static let attributeNames: Set<String> = [
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "correlationid", "causationid",
        "traceparent", "tracestate",
    ]
}

extension TidingsError {
    static func missing(_ attribute: String) -> TidingsError {
        TidingsError(.invalid, "the event has no \(attribute); it needs id, source, type and time")
    }
}
