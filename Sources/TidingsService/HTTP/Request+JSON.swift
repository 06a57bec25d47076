import HTTPTypes
public import Hummingbird
import NIOCore
import TidingsRouting

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Request {
    /// How many bytes a body may have, 1 MiB; a longer one is answered with 413.
    public static var bodyLimit: Int { 1 << 20 }

    /// Reads the body as JSON.
    ///
    /// It is read strictly: UTF-8 without a byte order mark, nothing besides one value by RFC 8259, no name twice in an
    /// object, and no fraction that would pass for a whole number. What is wrong is told with the byte where it is.
    ///
    /// Its `Content-Type` is `application/json` or `application/…+json`, with any parameters: those are the types that a
    /// web page cannot send to another site unasked.
    /// - Throws: what ``ProblemMiddleware`` answers with 400, 413 or 415, naming the field at fault.
    public func json<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        let contentType = headers[.contentType]
        if let contentType, !Self.isJSON(contentType) { throw Problem.notJSON }
        let body = Array(try await wholeBody().readableBytesView)
        guard !body.isEmpty else {
            throw Problem(.badRequest, "empty-body", "The body is empty", detail: "a JSON object was expected")
        }
        guard contentType != nil else { throw Problem.notJSON }
        do throws(JSONError) {
            try JSON.validateMessage(body)
        } catch {
            throw Problem.malformedJSON(error)
        }
        return try JSONDecoder().decode(type, from: Data(body))
    }

    private func wholeBody() async throws -> ByteBuffer {
        do {
            return try await body.collect(upTo: Self.bodyLimit)
        } catch {
            if error is NIOTooManyBytesError || error is Problem || error is CancellationError { throw error }
            throw ConnectionLimits.Ended()
        }
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type.hasPrefix("application/") else { return false }
        let subtype = type.dropFirst("application/".count)
        return subtype == "json" || subtype.hasSuffix("+json") && subtype.utf8.allSatisfy(Self.isOfToken)
    }

    /// Whether a byte may stand in the name of a media type (RFC 6838, section 4.2).
    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$&-^_.+".utf8.contains(byte)
        }
    }

    /// A query parameter as a whole number within a range.
    public func integer(
        _ name: String, in range: ClosedRange<Int>, default value: Int
    ) throws(Problem) -> Int {
        guard let text = uri.queryParameters[Substring(name)] else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw .invalidParameter(
                name, "`\(name)` must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A query parameter; `nil` if it is absent or empty.
    public func text(_ name: String) -> String? {
        uri.queryParameters[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) }
    }
}

extension Response {
    /// A response with a value as JSON.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        guard let bytes = bytes(of: value) else { return Response(status: .internalServerError) }
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    }

    /// A value as JSON; `nil` if it cannot be written as JSON.
    static func bytes(of value: some Encodable) -> ByteBuffer? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return (try? encoder.encode(value)).map { ByteBuffer(bytes: $0) }
    }

    /// A response with a text in UTF-8.
    public static func text(_ text: String, contentType: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
