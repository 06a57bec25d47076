import HTTPTypes
import Hummingbird

/// Who may use a service's management routes: whoever has the key, or everyone on this machine if there is none.
struct ManagementAccess: RouterMiddleware {
    typealias Context = BasicRequestContext

    private let key: String?
    private let isLoopback: Bool

    /// - Throws: ``SettingsError`` if the key is too short to be one.
    init(_ settings: Settings) throws(SettingsError) {
        key = settings.optionalText("TIDINGS_MANAGE_KEY")
        if let key, key.utf8.count < 16 {
            throw SettingsError("TIDINGS_MANAGE_KEY", value: "…", expected: "at least 16 bytes")
        }
        let host = settings.text("TIDINGS_HOST", default: "127.0.0.1")
        isLoopback = Self.isLoopback(host)
    }

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let key else {
            guard isLoopback else {
                throw Problem(
                    .forbidden, "management-closed", "The management routes are closed",
                    detail:
                        "the service listens beyond this machine: set TIDINGS_MANAGE_KEY, and send it as a bearer token"
                )
            }
            // A web page on this machine could send a request, but not without saying where it comes from.
            guard request.headers[.origin] == nil, request.head.authority.map(Self.isLocal) ?? true else {
                throw Problem(
                    .forbidden, "foreign-origin", "Web pages may not use the management routes",
                    detail: "send no header Origin, and name this machine as localhost or 127.0.0.1")
            }
            return try await next(request, context)
        }
        guard let given = request.headers[.authorization], Self.areEqual("Bearer \(key)", given) else {
            throw Problem(
                .unauthorized, "unauthorized", "The key is missing or wrong",
                detail: "send the key of the service in the header Authorization: Bearer KEY")
        }
        return try await next(request, context)
    }

    /// Whether a host with an optional port is this machine.
    private static func isLocal(_ authority: String) -> Bool {
        if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
        return isLoopback(String(authority.prefix { $0 != ":" }))
    }

    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost" || host == "::1"
            || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Compares in a time that depends on the length of what was given alone.
    private static func areEqual(_ secret: String, _ given: String) -> Bool {
        let (secret, given) = (Array(secret.utf8), Array(given.utf8))
        var difference = secret.count ^ given.count
        for (index, byte) in given.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }
}
