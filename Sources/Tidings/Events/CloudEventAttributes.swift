import TidingsRouting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the members of an event's JSON form say, found in one pass of the scanner.
struct CloudEventAttributes {
    private(set) var texts: [String: String] = [:]
    private var body: JSONMember?
    private var encodedBody: String?

    /// Whether the data was validated along with the event that it stands in.
    var dataIsJSON: Bool { encodedBody == nil }

    init(_ json: EventBytes) throws(TidingsError) {
        let result: Result<CloudEventAttributes, TidingsError> = json.withUnsafeBytes { bytes in
            var attributes = CloudEventAttributes()
            var refusal: TidingsError?
            do throws(JSONError) {
                try JSON.forEachMember(of: bytes.bytes) { member in
                    do throws(TidingsError) {
                        try attributes.take(member, of: bytes.bytes)
                    } catch {
                        refusal = refusal ?? error
                    }
                }
            } catch {
                return .failure(TidingsError(.invalid, "the event is no JSON object: \(error)"))
            }
            return refusal.map { .failure($0) } ?? .success(attributes)
        }
        self = try result.get()
    }

    private init() {}

    private mutating func take(_ member: JSONMember, of text: RawSpan) throws(TidingsError) {
        switch member.name {
        case "data", "detail": body = member
        case "data_base64": encodedBody = member.kind == .null ? nil : try Self.text(of: member, in: text)
        default:
            let name = member.name == "detail-type" ? "type" : member.name
            if member.kind == .null { texts[name] = nil } else { texts[name] = try Self.text(of: member, in: text) }
        }
    }

    /// The time, if there is one.
    func time() throws(TidingsError) -> Timestamp? {
        guard let text = texts["time"] else { return nil }
        guard let time = Timestamp(text) else {
            throw TidingsError(.invalid, "time is no moment of RFC 3339, such as 2026-01-31T12:00:00Z")
        }
        return time
    }

    /// The data: the JSON as it stands, the text itself if it is said not to be JSON, or what Base64 stands for.
    func data(of json: EventBytes, isJSON: Bool) throws(TidingsError) -> EventBytes {
        if let encodedBody {
            guard body == nil else { throw TidingsError(.invalid, "an event has data or data_base64, not both") }
            guard let data = Data(base64Encoded: encodedBody) else {
                throw TidingsError(.invalid, "data_base64 is no Base64")
            }
            return EventBytes([UInt8](data))
        }
        guard let body else { return EventBytes("") }
        if !isJSON, let text = json.withUnsafeBytes({ body.string(in: $0.bytes) }) { return EventBytes(text) }
        return json.slice(body.value)
    }

    private static func text(of member: JSONMember, in json: RawSpan) throws(TidingsError) -> String {
        switch member.kind {
        case .string: return member.string(in: json) ?? ""
        case .number, .boolean: break
        case .array where member.name == Envelope.resourcesAttribute: break
        case .array, .object, .null:
            throw TidingsError(.invalid, "the attribute \(member.name) is text, a number or a boolean")
        }
        return json.extracting(member.value).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
