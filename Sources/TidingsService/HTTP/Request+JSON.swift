import HTTPTypes
public import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Request {
    /// How many bytes a body may have, 1 MiB; a longer one is answered with 413.
    public static var bodyLimit: Int { 1 << 20 }

    /// Reads the body as JSON.
    /// - Throws: what ``ProblemMiddleware`` answers with 400 or 413, naming the field at fault.
    public func json<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        let body = try await body.collect(upTo: Self.bodyLimit)
        guard body.readableBytes > 0 else {
            throw Problem(.badRequest, "empty-body", "The body is empty", detail: "a JSON object was expected")
        }
        return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        guard let data = try? encoder.encode(value) else { return Response(status: .internalServerError) }
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// A response with a text in UTF-8.
    public static func text(_ text: String, contentType: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
