/// What a service answered.
struct Answer: Sendable {
    let status: Int
    let contentType: String
    let headers: [String: String]
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSONValue { get throws { try JSONValue(bytes) } }
}
