public import Hummingbird
import Logging
public import ServiceLifecycle
public import Tidings
import TidingsPrometheus

/// One service of a process: its database, its subscribers, and its routes on a port of its own.
///
/// It also answers `GET /health`, `GET /health/events`, its metrics, and the management routes under `/manage`: dead
/// letters, parked events, sagas, the outbox, and what is stuck. Those are open on loopback; if `TIDINGS_MANAGE_KEY` is set, only to who sends
/// it as a bearer token; beyond loopback they are closed without one.
public struct HostedService: Service {
    /// The name of the service, from which its settings are named; unique in a process.
    public let name: String
    /// The port of its routes, 0 to 65535; 0 stands for any that is free.
    public let port: Int
    private let platform: Platform
    /// Its own database.
    public let database: ServiceDatabase
    let subscribers: [Subscriber]
    let options: HTTPOptions
    let responder: ServiceResponder

    /// Makes a service.
    /// - Parameters:
    ///   - name: the service: `payment`. Its port is `<NAME>_PORT`.
    ///   - platform: gives the bus, the settings and the metrics.
    ///   - port: its port if the settings name none; a setting of 0 stands for any that is free.
    ///   - database: its own database.
    ///   - subscribers: those of its own database; they run with the service.
    ///   - metricsPath: where its metrics are read; `/<name>/metrics` unless it is given.
    ///   - routes: adds its routes.
    /// - Throws: ``SettingsError`` if its port or its key is wrong.
    public init(
        _ name: String, on platform: Platform, port: Int, database: ServiceDatabase, subscribers: [Subscriber],
        metricsPath: String? = nil, routes: (Router<BasicRequestContext>) -> Void
    ) throws {
        self.name = name
        self.platform = platform
        self.port = try platform.settings.integer("\(name.uppercased())_PORT", in: 0...65535, default: port)
        self.database = database
        self.subscribers = subscribers
        options = try HTTPOptions(platform.settings)
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: AllowedSources(options, boundHost: platform.host) { [listening = platform.listening] in
                listening.port(of: name)
            })
        if !options.origins.isEmpty { router.add(middleware: CORSMiddleware.ofAllowedOrigins) }
        router.add(middleware: ProblemMiddleware())
        router.addHealth(of: name, bus: platform.bus, database: database, subscribers, platform.environment)
        router.get("\(metricsPath ?? "/\(name)/metrics")") { [metrics = platform.metrics] _, _ in
            Response.text(metrics.text(where: "service", is: name), contentType: type(of: metrics).contentType)
        }
        ManagementRoutes(database: database, bus: platform.bus).add(to: router, try ManagementAccess(platform.settings))
        routes(router)
        responder = ServiceResponder(router, options, platform.environment.time)
    }

    /// Serves its routes until the task is cancelled or the service group shuts down; ``Platform`` runs it together with
    /// its subscribers.
    public func run() async throws {
        try await platform.serve(self)
    }
}
