import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
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
    /// depend on each other: routes first, then subscribers, which finish what they have begun, then the outboxes, which
    /// are emptied, then the bus. If one fails, all are cancelled at once.
    /// - Parameters:
    ///   - services: the services, each on a port of its own.
    ///   - signals: what ends them.
    ///   - onRunning: called once all of them listen, with the port of each.
    /// - Throws: ``SettingsError`` if two have one port; `TidingsError` with the reason if the bus stopped for
    ///   good, as when its disk refused a write; whatever keeps a service from running.
    public func run(
        _ services: [HostedService], until signals: [UnixSignal] = [.sigterm, .sigint],
        onRunning: @escaping @Sendable ([String: Int]) -> Void = { _ in }
    ) async throws {
        try checkPorts(of: services)
        let ports = Mutex<[String: Int]>([:])
        let host = settings.text("TIDINGS_HOST", default: "127.0.0.1")
        let servers = services.map { service in
            let application = Application(
                responder: service.responder, server: .http1(configuration: .init(idleTimeout: .seconds(60))),
                configuration: .init(address: .hostname(host, port: service.port), serverName: service.name),
                onServerRunning: { channel in
                    let listening = ports.withLock { ports in
                        ports[service.name] = channel.localAddress?.port ?? service.port
                        return ports
                    }
                    if listening.count == services.count { onRunning(listening) }
                },
                logger: serverLogger(for: service.name))
            return HTTPServer(application: application, service: service, host: host)
        }
        let events = EventRuntime(
            services.flatMap(\.subscribers), databases: services.map(\.database), bus: bus, logger: logger,
            eventLogLevel: try settings.choice("EVENT_LOG_LEVEL", default: Logger.Level.debug))
        try settings.refuseUnknownNames()
        // Before any route answers.
        try await events.makeGroups()
        var configuration = ServiceGroupConfiguration(
            services: [BusCloser(bus: opened), events] + servers,
            gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
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

    private func serverLogger(for service: String) -> Logger {
        var logger = logger(for: service)
        // A line for each connection is noise at this level.
        logger.logLevel = max(logger.logLevel, .notice)
        return logger
    }
}

/// Serves a service's routes, and says which setting is wrong if it cannot.
private struct HTTPServer: Service {
    let application: Application<RouterResponder<BasicRequestContext>>
    let service: HostedService
    let host: String

    func run() async throws {
        do {
            try await application.run()
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

    private var hostError: SettingsError {
        SettingsError("TIDINGS_HOST", value: host, expected: "an address of this machine, such as 127.0.0.1 or 0.0.0.0")
    }
}
