public import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization
import Tidings
public import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Platform {
    /// Runs services until SIGTERM or SIGINT, or until one of them or the bus fails.
    ///
    /// Consumer groups are made before anything is published. Services end in the reverse of the order in which they
    /// depend on each other: first these, the last of them first, then their subscribers, which finish what they have
    /// begun, then the outboxes, which are emptied, then the bus. If one fails, or returns by itself, all end. Connections
    /// with a request are closed after `TIDINGS_HTTP_DRAIN_SECONDS`, and what has not ended `TIDINGS_SHUTDOWN_SECONDS` (10)
    /// later is cancelled.
    /// - Parameters:
    ///   - services: the services: ``HostedService``, each on a port of its own, `Subscriber`, and any other.
    ///   - signals: what ends them.
    ///   - onRunning: called once all that have routes listen, with the port of each.
    /// - Throws: ``SettingsError`` if two have one port; `TidingsError` with the reason if the bus stopped for
    ///   good, as when its disk refused a write; whatever keeps a service from running.
    public func run(
        _ services: [any Service], until signals: [UnixSignal] = [.sigterm, .sigint],
        onRunning: @escaping @Sendable ([String: Int]) -> Void = { _ in }
    ) async throws {
        let hosted = services.compactMap { $0 as? HostedService }
        try checkPorts(of: hosted)
        try shareDescriptors(among: hosted)
        let events = try eventRuntime(of: services)
        let limit = try settings.number("TIDINGS_SHUTDOWN_SECONDS", in: 0.1...3600, default: 10)
        try settings.refuseUnknownNames()
        // Before any route answers.
        try await events.makeGroups()
        listening.expect(hosted.count, onRunning)
        var configuration = ServiceGroupConfiguration(
            services: [BusCloser(bus: opened), events] + services.filter { !($0 is Subscriber) },
            gracefulShutdownSignals: signals, logger: logger)
        let drain = hosted.map(\.options.drain).max() ?? .zero
        configuration.maximumGracefulShutdownDuration = .seconds(limit) + drain
        try await ServiceGroup(configuration: configuration).run()
    }

    /// A service as a Hummingbird application that runs with its subscribers, outboxes and bus: what HummingbirdTesting
    /// takes, with `.router` as with `.live`.
    ///
    /// ```swift
    /// try await platform.application(of: orders, beside: [payment]).test(.router) { client in
    ///     try await client.execute(uri: "/orders", method: .post, body: body) { … }
    /// }
    /// ```
    /// - Parameters:
    ///   - service: the service whose routes are tested. The bus is closed when the application has ended.
    ///   - others: services that run with it: their subscribers and, on ports of their own, their routes.
    /// - Throws: ``SettingsError`` for a setting that is wrong.
    public func application(
        of service: HostedService, beside others: [any Service] = []
    ) throws -> some ApplicationProtocol {
        let events = try eventRuntime(of: [service] + others)
        try shareDescriptors(among: [service] + others.compactMap { $0 as? HostedService })
        var application = server(for: service)
        application.addServices(BusCloser(bus: opened), events)
        for other in others where !(other is Subscriber) { application.addServices(other) }
        application.beforeServerStarts { try await events.makeGroups() }
        return application
    }

    /// What carries the events of services.
    private func eventRuntime(of services: [any Service]) throws -> EventRuntime {
        let hosted = services.compactMap { $0 as? HostedService }
        return EventRuntime(
            hosted.flatMap(\.subscribers) + services.compactMap { $0 as? Subscriber },
            databases: databases, bus: bus, logger: logger,
            eventLogLevel: try settings.choice("EVENT_LOG_LEVEL", default: Logger.Level.debug))
    }

    /// The address that the services listen on.
    var host: String { settings.text("TIDINGS_HOST", default: "127.0.0.1") }

    private func server(for service: HostedService) -> Application<ServiceResponder> {
        var logger = logger(for: service.name)
        // A line for each connection is noise at this level.
        logger.logLevel = max(logger.logLevel, .notice)
        let options = service.options
        return Application(
            responder: service.responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionLimits(options)], idleTimeout: TimeAmount(options.idle))),
            configuration: .init(
                address: .hostname(host, port: service.port), serverName: service.name,
                availableConnectionsDelegate: MaximumAvailableConnections(connections.withLock { $0 }, logger: logger)),
            onServerRunning: { [listening] in
                listening.add(service.name, on: $0.localAddress?.port ?? service.port)
            },
            logger: logger)
    }

    /// Serves a service's routes, and says which setting is wrong if it cannot.
    func serve(_ service: HostedService) async throws {
        do {
            try await server(for: service).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE || error.errnoCode == EACCES {
            throw SettingsError(
                "\(service.name.uppercased())_PORT", value: "\(service.port)",
                expected: "a port of \(host) that is free and may be listened on")
        } catch let error as IOError where error.errnoCode == EADDRNOTAVAIL {
            throw hostError
        } catch is SocketAddressError.UnknownHost {
            throw hostError
        }
    }

    /// Decides how many connections each service may have.
    private func shareDescriptors(among services: [HostedService]) throws(SettingsError) {
        let shares = DescriptorShares(
            limit: DescriptorShares.raisedLimit(), databases: databases.count, listeners: services.count)
        let share = try shares.connections(asked: services.first?.options.connections)
        connections.withLock { $0 = share }
    }

    private var hostError: SettingsError {
        SettingsError("TIDINGS_HOST", value: host, expected: "an address of this machine, such as 127.0.0.1 or 0.0.0.0")
    }

    private func checkPorts(of services: [HostedService]) throws(SettingsError) {
        var names: [Int: String] = [:]
        for service in services where service.port != 0 {
            if let other = names.updateValue(service.name, forKey: service.port) {
                throw SettingsError(
                    "\(service.name.uppercased())_PORT", value: "\(service.port)",
                    expected: "another port than that of \(other)")
            }
        }
    }
}
