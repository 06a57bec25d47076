import TidingsRouting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the members of an event's JSON form say, found in one pass of the scanner.
struct CloudEventAttributes {
    /// The attributes that ``Envelope`` has fields for.
    private(set) var texts: [String: String] = [:]
    private(set) var extensions: [String: ExtensionValue] = [:]
    private var names: Set<String> = []
    private var body: JSONMember?
    private var encodedBody: String?

    /// Whether the data was validated along with the event that it stands in.
    var dataIsValidated: Bool { encodedBody == nil }

    init(_ json: EventBytes) throws(TidingsError) {
        let result: Result<CloudEventAttributes, TidingsError> = json.withUnsafeBytes { bytes in
            var attributes = CloudEventAttributes()
            var refusal: TidingsError?
            do throws(JSONError) {
                try JSON.forEachMember(of: bytes.bytes) { member in
                    guard refusal == nil else { return }
                    do throws(TidingsError) {
                        try attributes.take(member, of: bytes.bytes)
                    } catch {
                        refusal = error
                    }
                }
            } catch {
                return .failure(TidingsError(.invalid, "the event is not a JSON object: \(error)"))
            }
            return refusal.map { .failure($0) } ?? .success(attributes)
        }
        self = try result.get()
    }

    private init() {}

    private mutating func take(_ member: JSONMember, of text: RawSpan) throws(TidingsError) {
        let name = Self.otherNames[member.name] ?? member.name
        guard names.insert(name).inserted else {
            let other = Self.otherNames.first { $0.value == name }.map { ", which \($0.key) is as well," } ?? ""
            throw TidingsError(.invalid, "\(name)\(other) stands twice in the event; it is not clear which one counts")
        }
        switch name {
        case "data": body = member
        // What is null is not there; only data can be null.
        case _ where member.kind == .null: break
        case "data_base64": encodedBody = try Self.text(of: member, in: text)
        case _ where Envelope.attributeNames.contains(name): texts[name] = try Self.text(of: member, in: text)
        default: extensions[name] = try Self.value(of: member, in: text)
        }
    }

    /// The time, if there is one.
    func time() throws(TidingsError) -> Timestamp? {
        guard let text = texts["time"] else { return nil }
        guard let time = Timestamp(text) else {
            throw TidingsError(.invalid, "time is not a moment of RFC 3339, such as 2026-01-31T12:00:00Z")
        }
        return time
    }

    /// The data: the JSON as it stands, a string's text if it is said not to be JSON, or what Base64 stands for.
    func data(of json: EventBytes, isJSON: Bool) throws(TidingsError) -> (EventBytes, DataForm) {
        if let encodedBody {
            guard body == nil else { throw TidingsError(.invalid, "an event has data or data_base64, not both") }
            guard let data = Data(base64Encoded: encodedBody) else {
                throw TidingsError(.invalid, "data_base64 is not Base64")
            }
            return (EventBytes([UInt8](data)), .base64)
        }
        guard let body else { return (EventBytes(""), .absent) }
        if !isJSON, let text = json.withUnsafeBytes({ body.string(in: $0.bytes) }) { return (EventBytes(text), .text) }
        return (json.slice(body.value), .json)
    }

    private static func text(of member: JSONMember, in json: RawSpan) throws(TidingsError) -> String {
        guard let text = member.string(in: json) else {
            throw TidingsError(.invalid, "\(member.name) is text, such as \"7\", not \(member.kind.phrase)")
        }
        return text
    }

    private static func value(of member: JSONMember, in json: RawSpan) throws(TidingsError) -> ExtensionValue {
        let written = json.extracting(member.value).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        switch member.kind {
        case .string: return .text(try text(of: member, in: json))
        case .number: return .number(written)
        case .boolean: return .boolean(written == "true")
        case .array where member.name == Envelope.resourcesAttribute: return .list(written)
        case .array, .object, .null:
            throw TidingsError(
                .invalid, "the attribute \(member.name) is text, a number or a boolean, not \(member.kind.phrase)")
        }
    }

    /// What EventBridge calls what CloudEvents has another name for.
    private static let otherNames = ["detail-type": "type", "detail": "data"]
}

extension JSONMember.Kind {
    fileprivate var phrase: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .string: "text"
        case .number: "a number"
        case .boolean: "a boolean"
        case .null: "null"
        }
    }
}
