import HTTPTypes
import Hummingbird
import TidingsRouting

/// Refuses requests that a web page may have made its browser send.
///
/// A page of another site can send a form to a service on this machine, and a page whose name is made to point here
/// (DNS rebinding) can read the answers too. The first says so in `Origin`, the second in `Host`.
struct AllowedSources: RouterMiddleware {
    typealias Context = BasicRequestContext

    /// The service's own names, which stand alone or with its port.
    private let names: Set<ByteText>
    private let hosts: Set<ByteText>
    private let origins: Set<ByteText>
    private let port: @Sendable () -> Int?

    /// - Parameters:
    ///   - boundHost: the address that the service listens on.
    ///   - port: the port that it listens on, once it does.
    init(_ options: HTTPOptions, boundHost: String, port: @escaping @Sendable () -> Int?) {
        let boundHost = boundHost.lowercased()
        var names: Set = ["localhost", "127.0.0.1", "[::1]"]
        // What stands for all addresses is the name of none.
        if boundHost != "0.0.0.0", boundHost != "::" {
            names.insert(boundHost.contains(":") ? "[\(boundHost)]" : boundHost)
        }
        // By the bytes: a name that only looks like an allowed one is another.
        self.names = Set(names.map(ByteText.init(_:)))
        hosts = Set(options.hosts.map(ByteText.init(_:)))
        origins = Set(options.origins.map(ByteText.init(_:)))
        self.port = port
    }

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do throws(Problem) {
            try check(request)
        } catch {
            return error.response()
        }
        return try await next(request, context)
    }

    private func check(_ request: Request) throws(Problem) {
        // The first `Host` is the authority; another one is left among the headers.
        let hasAnother = HTTPField.Name("Host").map(request.headers.contains) ?? false
        guard let host = request.head.authority, !hasAnother else {
            throw .invalidParameter("Host", "a request has one header `Host`")
        }
        guard isAllowed(host.lowercased()) else {
            throw Problem(
                .misdirectedRequest, "unknown-host", "The service does not go by this name",
                detail: "`Host` is localhost, the address that the service listens on, or one of TIDINGS_HTTP_HOSTS",
                parameter: "Host")
        }
        if let origin = request.headers[.origin], !origins.contains(ByteText(origin.lowercased())) {
            throw Problem(
                .forbidden, "foreign-origin", "Web pages of this origin may not use the service",
                detail: "send no header `Origin`, or have it listed in TIDINGS_HTTP_ORIGINS", parameter: "Origin")
        }
    }

    private func isAllowed(_ host: String) -> Bool {
        let name = ByteText(host)
        if hosts.contains(name) || names.contains(name) { return true }
        guard let port = port(), host.hasSuffix(":\(port)") else { return false }
        return names.contains(ByteText(String(host.dropLast(":\(port)".count))))
    }
}

extension CORSMiddleware<BasicRequestContext> {
    /// Lets the pages of the allowed origins read what they are answered; others were refused before.
    static var ofAllowedOrigins: Self {
        CORSMiddleware(
            allowOrigin: .originBased,
            allowHeaders: [.accept, .authorization, .contentType, HTTPField.Name("Idempotency-Key")].compactMap(\.self),
            allowMethods: [.get, .head, .post, .put, .patch, .delete],
            exposedHeaders: ["Location", "Retry-After"])
    }
}
