import Tidings

/// What the HTTP side of a service lets its clients do, as the settings say.
struct HTTPOptions: Sendable {
    /// How many connections are open at once; others wait in the backlog of the system until one closes. `nil` if the
    /// settings leave that to ``DescriptorShares``.
    let connections: Int?
    /// How long the first request of a connection may take until its headers are there.
    let headers: Duration
    /// How long the body of a request may take to come, and a response to be taken.
    let body: Duration
    /// How long a connection is kept without the headers of a further request.
    let idle: Duration
    /// How long a request may take, its body included, until it is given up.
    let request: Duration
    /// How long connections may go on after the service was told to end.
    let drain: Duration
    /// Other names than its own by which the service is reached: values of `Host`.
    let hosts: Set<String>
    /// The origins of the web pages that may use the service: values of `Origin`.
    let origins: Set<String>

    /// - Throws: ``SettingsError`` for a value that does not parse.
    init(_ settings: Settings) throws(SettingsError) {
        let asked = try settings.integer("TIDINGS_HTTP_CONNECTIONS", in: 1...1_000_000, default: .max)
        connections = asked == .max ? nil : asked
        headers = try settings.seconds("TIDINGS_HTTP_HEADER_SECONDS", default: 10)
        body = try settings.seconds("TIDINGS_HTTP_BODY_SECONDS", default: 20)
        idle = try settings.seconds("TIDINGS_HTTP_IDLE_SECONDS", default: 60)
        request = try settings.seconds("TIDINGS_HTTP_REQUEST_SECONDS", default: 30)
        drain = try settings.seconds("TIDINGS_HTTP_DRAIN_SECONDS", default: 3)
        hosts = try settings.list(
            "TIDINGS_HTTP_HOSTS", of: "names such as orders.example or orders.example:8443, separated by commas"
        ) { !$0.contains("/") && !$0.contains(where: \.isWhitespace) }
        origins = try settings.list(
            "TIDINGS_HTTP_ORIGINS", of: "origins such as https://shop.example, separated by commas"
        ) { origin in
            ["http://", "https://"].contains { scheme in
                origin.hasPrefix(scheme) && origin.count > scheme.count
                    && !origin.dropFirst(scheme.count).contains { $0 == "/" || $0.isWhitespace }
            }
        }
    }
}

extension Settings {
    fileprivate func seconds(_ name: String, default value: Double) throws(SettingsError) -> Duration {
        .seconds(try number(name, in: 0.001...86_400, default: value))
    }

    /// Texts that are separated by commas, in small letters; none by default.
    fileprivate func list(
        _ name: String, of expected: String, where isValid: (String) -> Bool
    ) throws(SettingsError) -> Set<String> {
        guard let text = optionalText(name) else { return [] }
        let parts = text.lowercased().split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        guard parts.allSatisfy({ !$0.isEmpty && isValid($0) }) else {
            throw SettingsError(name, value: text, expected: expected)
        }
        return Set(parts)
    }
}
