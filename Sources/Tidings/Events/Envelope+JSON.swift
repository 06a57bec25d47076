package import TidingsRouting

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
    /// What EventBridge calls `detail-type` and `detail` are taken as `type` and `data`. Everything else is kept as it
    /// came: the types of extensions, the digits and the offset of the time, and whether the data was Base64. A name
    /// that comes twice is refused, as is an attribute of the wrong type; one that is `null` counts as absent.
    /// - Parameters:
    ///   - json: the bytes of one object.
    ///   - environment: where a missing `id` or `time` comes from; without it they must be there.
    /// - Throws: ``TidingsError`` with code `invalid`: what is wrong, of which attribute or at which byte.
    public init(json: EventBytes, filling environment: RuntimeEnvironment? = nil) throws(TidingsError) {
        let attributes = try CloudEventAttributes(json)
        let texts = attributes.texts
        if let version = texts["specversion"], version != "1.0" {
            throw TidingsError(.invalid, "specversion is \(version.prefix(20)); only 1.0 is known")
        }
        guard let id = texts["id"].map(EventID.init(_:)) ?? environment?.makeID() else { throw .missing("id") }
        guard let source = texts["source"] else { throw .missing("source") }
        guard let type = texts["type"] else { throw .missing("type") }
        guard let time = try attributes.time() ?? environment?.now() else { throw .missing("time") }
        self.init(
            id: id, source: source, type: EventType(rawValue: type), subject: texts["subject"], time: time,
            dataContentType: texts["datacontenttype"], correlationID: texts["correlationid"],
            causationID: texts["causationid"].map(EventID.init(_:)),
            trace: texts["traceparent"].map { TraceContext(parent: $0, state: texts["tracestate"]) },
            extensions: attributes.extensions, data: EventBytes(""))
        // Without a trace it is an attribute like others.
        if trace == nil, let state = texts["tracestate"] { extensions["tracestate"] = .text(state) }
        keptTime = texts["time"]
        let form: DataForm
        (data, form) = try attributes.data(of: json, isJSON: isJSON)
        keptDataForm = form
        try validate(isValidated: attributes.dataIsValidated)
    }

    /// The event in the JSON form, each attribute and the data as they came. Data that is neither JSON nor text is written
    /// as `data_base64`.
    public var json: EventBytes {
        var writer = JSONTextWriter()
        writer.begin("specversion", "1.0")
        forEachAttribute { writer.add($0, $1) }
        switch dataForm {
        case .absent: break
        case .json: writer.add("data", raw: data)
        case .text: writer.add("data", data.text)
        case .base64: writer.add("data_base64", Data(data).base64EncodedString())
        }
        return writer.finish()
    }

    /// Calls `body` with the name and value of each attribute that is there, extensions last and by name.
    private func forEachAttribute(_ body: (String, ExtensionValue) -> Void) {
        body("id", .text(id.rawValue))
        body("source", .text(source))
        body("type", .text(type.rawValue))
        body("time", .text(writtenTime))
        if let subject { body("subject", .text(subject)) }
        if let dataContentType { body("datacontenttype", .text(dataContentType)) }
        if let correlationID { body("correlationid", .text(correlationID)) }
        if let causationID { body("causationid", .text(causationID.rawValue)) }
        if let trace {
            body("traceparent", .text(trace.parent))
            if let state = trace.state { body("tracestate", .text(state)) }
        }
        guard !extensions.isEmpty else { return }
        for (name, value) in extensions.sorted(by: { $0.key < $1.key }) { body(name, value) }
    }

    static let resourcesAttribute = "resources"

    /// The attributes that are not extensions.
    static let attributeNames: Set<String> = [
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "correlationid", "causationid",
        "traceparent", "tracestate",
    ]

    /// The names that no extension can have; `tracestate` can be one where there is no trace that it belongs to.
    static let reservedNames = attributeNames.subtracting(["tracestate"]).union(["data", "detail", "detail-type"])
}

extension Envelope {
    /// The attributes as patterns see them: `specversion` among them, each of the `resources` for itself, so that they are
    /// a list, and data that is text.
    package var matchedAttributes: [(name: String, value: AttributeValue)] {
        var attributes: [(name: String, value: AttributeValue)] = []
        attributes.reserveCapacity(12 + extensions.count)
        attributes.append((name: "specversion", value: "1.0"))
        forEachAttribute { name, value in
            value.forEachMatched { attributes.append((name: name, value: $0)) }
        }
        if !isJSON, dataForm == .text { attributes.append((name: "data", value: .text(data.text))) }
        return attributes
    }

    /// One JSON object of what patterns see.
    ///
    /// - Parameter names: what `type` and `data` are called in it.
    package func matchedJSON(names: (type: String, data: String) = ("type", "data")) -> EventBytes {
        var writer = JSONTextWriter()
        writer.begin("specversion", "1.0")
        forEachAttribute { writer.add($0 == "type" ? names.type : $0, $1) }
        if isJSON, !data.isEmpty {
            writer.add(names.data, raw: data)
        } else if dataForm == .text {
            writer.add(names.data, data.text)
        }
        return writer.finish()
    }
}

extension TidingsError {
    static func missing(_ attribute: String) -> TidingsError {
        TidingsError(.invalid, "the event has no \(attribute); it needs id, source, type and time")
    }
}
