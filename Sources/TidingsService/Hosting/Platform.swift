import CoreMetrics
public import Logging
import ServiceLifecycle
import Synchronization
public import Tidings
public import TidingsBroker
import TidingsLog
public import TidingsPrometheus
import TidingsSQLite

/// What the services of one process share, as the settings choose it: the bus, their databases, metrics and logs.
public final class Platform: EventHost {
    /// The settings that the platform was opened with.
    public let settings: Settings
    /// The name of the system.
    public let scope: Scope
    /// The bus that all services of the process share.
    public var bus: any EventBus { opened.bus }
    /// Time, identifiers and randomness, for the bus and all databases.
    public let environment: RuntimeEnvironment
    /// Where the metrics of the process are collected.
    public let metrics: PrometheusRegistry
    /// The logger that the others are made from.
    public let logger: Logger
    private let dataDirectory: String
    let opened: OpenedBus
    /// The databases of its services, whose outboxes are carried to the bus.
    private let openedDatabases = Mutex<[ServiceDatabase]>([])
    /// How many connections each service may have open at once.
    let connections = Mutex(DescriptorShares.usualConnections)
    /// The servers that listen.
    let listening = Listening()

    private init(
        settings: Settings, scope: Scope, opened: OpenedBus, environment: RuntimeEnvironment,
        metrics: PrometheusRegistry,
        logger: Logger, dataDirectory: String
    ) {
        self.settings = settings
        self.scope = scope
        self.opened = opened
        self.environment = environment
        self.metrics = metrics
        self.logger = logger
        self.dataDirectory = dataDirectory
    }

    /// Opens what the settings name.
    ///
    /// What the process keeps lies in a folder of the scope under `TIDINGS_DATA` (`./data`); `EVENT_BUS_TYPE` is `embedded`
    /// or `memory`; `LOG_LEVEL` is that of swift-log.
    /// - Parameters:
    ///   - settings: the settings.
    ///   - scope: the name of the system.
    ///   - embedded: how the embedded bus keeps its events.
    ///   - metrics: the registry that the process has handed to swift-metrics.
    ///   - environment: time, identifiers and randomness.
    /// - Throws: ``SettingsError``, or `TidingsError` if the scope has no name or the folder cannot be used.
    public static func open(
        _ settings: Settings, scope: Scope, embedded: EmbeddedOptions = EmbeddedOptions(),
        metrics: PrometheusRegistry, environment: RuntimeEnvironment = .system
    ) async throws -> Platform {
        try scope.validate()
        let type = try settings.choice("EVENT_BUS_TYPE", default: EventBusType.embedded)
        let root = settings.text("TIDINGS_DATA", default: "./data")
        let directory = scope.folder(in: root)
        var logger = Logger(label: "tidings")
        logger.logLevel = try settings.logLevel()
        do {
            // Durably: a database in a folder that a power cut takes away is lost with it.
            for folder in [root, directory] { try POSIXFileSystem().createDirectory(folder) }
        } catch {
            throw SettingsError("TIDINGS_DATA", value: root, expected: "a folder that can be made and written")
        }
        let opened = try await type.open(in: directory, embedded, logger, environment)
        return Platform(
            settings: settings, scope: scope, opened: opened, environment: environment, metrics: metrics,
            logger: logger,
            dataDirectory: directory)
    }

    /// Opens a service's own database: the SQLite file that `<SERVICE>_DATABASE_URL` names as `sqlite:PATH`, otherwise
    /// one named after the service in the folder of the scope.
    /// - Parameters:
    ///   - service: the service, as in ``HostedService``; unique in a process.
    ///   - source: the CloudEvents `source` of what it publishes; `/<scope>/<service>` unless it is given.
    ///   - migrations: the service's own tables.
    /// - Throws: ``SettingsError`` for another kind of address, and for `DATABASE_URL`, which names no database of one
    ///   service; `TidingsError` if the database cannot be opened or a migration is wrong.
    public func database(
        for service: String, source: String? = nil, migrations: [Migration] = []
    ) async throws -> ServiceDatabase {
        let engine = try await SQLiteEngine.open(
            try databasePath(for: service),
            requestLimit: try settings.integer(
                "TIDINGS_HTTP_WAITING_WRITES", in: 1...1_000_000, default: SQLiteEngine.defaultRequestLimit))
        let database = try await ServiceDatabase(
            engine, service: service, scope: scope, source: source, migrations: migrations, environment: environment)
        openedDatabases.withLock { $0.append(database) }
        return database
    }

    /// The databases that were opened.
    var databases: [ServiceDatabase] { openedDatabases.withLock { $0 } }

    /// A logger of the level `LOG_LEVEL` that names a service in its metadata.
    public func logger(for service: String) -> Logger {
        var logger = logger
        logger[metadataKey: "service"] = "\(service)"
        return logger
    }

    /// Closes the bus. ``run(_:until:onRunning:)`` does so itself; for programs that do not call it.
    public func close() async {
        await opened.close()
    }

    private func databasePath(for service: String) throws(SettingsError) -> String {
        for name in ["\(service.uppercased())_DATABASE_URL", "DATABASE_URL"] {
            guard let url = settings.optionalText(name) else { continue }
            guard url.hasPrefix("sqlite:"), url.count > 7, name != "DATABASE_URL" else {
                // The address may hold a password, so it is not repeated.
                throw SettingsError(
                    name, value: url.firstIndex(of: ":").map { "\(url[..<$0]):…" } ?? "…",
                    expected: "absent, or sqlite:PATH for one service; PostgreSQL is not supported yet")
            }
            return String(url.dropFirst("sqlite:".count))
        }
        return "\(dataDirectory)/\(service).sqlite"
    }
}

extension Settings {
    /// `LOG_LEVEL`, `info` by default.
    func logLevel() throws(SettingsError) -> Logger.Level {
        try choice("LOG_LEVEL", default: Logger.Level.info)
    }
}
