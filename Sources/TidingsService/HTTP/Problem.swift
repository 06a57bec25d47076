import HTTPTypes
public import Hummingbird
import NIOCore

/// An error as an HTTP response: problem details (RFC 9457) with a stable type, the field at fault and what would be
/// right.
public struct Problem: Error, Encodable, Sendable {
    /// A stable name of the kind of problem: `urn:tidings:problem:invalid-value`.
    public let type: String
    /// The kind of problem in words, the same for every request.
    public let title: String
    /// The HTTP status, as in the response.
    public let status: Int
    /// What is wrong with this request, and what would be right.
    public let detail: String
    /// The field at fault, as a JSON pointer (RFC 6901).
    public let pointer: String?
    /// The name of the query parameter or header at fault.
    public let parameter: String?

    /// Makes a problem.
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - kind: the last part of ``type``, in lower-case words joined by hyphens; never changed once released.
    ///   - title: the kind in words.
    ///   - detail: what is wrong and what would be right; no secrets.
    ///   - pointer: the field at fault, as a JSON pointer.
    ///   - parameter: the name of the query parameter or header at fault.
    public init(
        _ status: HTTPResponse.Status, _ kind: String, _ title: String, detail: String, pointer: String? = nil,
        parameter: String? = nil
    ) {
        type = "urn:tidings:problem:\(kind)"
        self.title = title
        self.status = status.code
        self.detail = detail
        self.pointer = pointer
        self.parameter = parameter
    }

    /// A field of the body has a value that is not allowed: status 400.
    public static func invalidField(_ pointer: String, _ detail: String) -> Problem {
        Problem(.badRequest, "invalid-value", "A value is not allowed", detail: detail, pointer: pointer)
    }

    /// A query parameter, a path segment or a header has a value that is not allowed: status 400.
    public static func invalidParameter(_ name: String, _ detail: String) -> Problem {
        Problem(.badRequest, "invalid-parameter", "A parameter is not allowed", detail: detail, parameter: name)
    }

    /// What the path names does not exist: status 404.
    public static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, "not-found", "There is no such thing", detail: detail)
    }

    /// A body is of another media type than JSON.
    static let notJSON = Problem(
        .unsupportedMediaType, "not-json", "The body is not JSON by its type",
        detail: "send the header `Content-Type: application/json`, or a type that ends in +json",
        parameter: "Content-Type")

    /// There is such a path, but not for this method.
    static func methodNotAllowed(allowed: String) -> Problem {
        Problem(
            .methodNotAllowed, "method-not-allowed", "The method is not allowed here",
            detail: "what is served here: \(allowed)")
    }

    /// The service cannot do it now, and may later: status 503.
    public static func unavailable(_ detail: String) -> Problem {
        Problem(.serviceUnavailable, "unavailable", "The service cannot do this now", detail: detail)
    }

    /// A request took longer than it may.
    static let givenUp = unavailable("the request took longer than it may and was given up; try again")

    /// The problem as a response of type `application/problem+json`.
    public func response() -> Response { response(closing: false) }

    /// - Parameter closing: whether the connection is closed after it.
    func response(closing: Bool) -> Response {
        var response = Response(
            status: HTTPResponse.Status(code: status), headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: body))
        if status == 503 { response.headers[.retryAfter] = "1" }
        if closing { response.headers[.connection] = "close" }
        return response
    }

    /// The problem as JSON.
    var body: ByteBuffer { Response.bytes(of: self) ?? ByteBuffer() }
}
