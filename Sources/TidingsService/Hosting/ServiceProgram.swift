import CoreMetrics
import Foundation
public import ServiceLifecycle
public import Tidings
public import TidingsBroker
import TidingsPrometheus

/// An executable of services: settings, logs, metrics, bus, databases, HTTP and signals are taken care of.
///
/// ```swift
/// @main struct Shop: ServiceProgram {
///     static let scope: Scope = "shop"
///
///     static func services(on platform: Platform) async throws -> [any Service] {
///         [try await StockService.make(on: platform)]
///     }
/// }
/// ```
///
/// A program with command-line flags is a command of its own, and calls ``start()`` when it has read them.
public protocol ServiceProgram: SendableMetatype {
    /// The name of the system.
    static var scope: Scope { get }

    /// Makes the services of the program: ``HostedService``, `Subscriber`, and whatever else runs beside them.
    static func services(on platform: Platform) async throws -> [any Service]

    /// How the embedded bus keeps its events: the defaults unless the program says otherwise.
    static func embeddedOptions(by settings: Settings) throws -> EmbeddedOptions

    /// What is printed once all services listen.
    /// - Parameter ports: the port of each service, by its name.
    static func welcome(to ports: [String: Int]) -> String
}

extension ServiceProgram {
    /// Names the services and their ports.
    public static func welcome(to ports: [String: Int]) -> String {
        ports.sorted { $0.key < $1.key }.map { "\($0.key) listens on port \($0.value)\n" }.joined()
    }

    /// The defaults.
    public static func embeddedOptions(by settings: Settings) throws -> EmbeddedOptions { EmbeddedOptions() }

    /// Runs the services until SIGTERM or SIGINT.
    ///
    /// Call it once in a process: it hands a metrics registry to swift-metrics.
    /// - Throws: ``SettingsError`` if a setting is wrong; whatever keeps a service or the bus from running.
    public static func start() async throws {
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        let settings = try await Settings.load()
        let platform = try await Platform.open(
            settings, scope: scope, embedded: try embeddedOptions(by: settings), metrics: metrics)
        let services: [any Service]
        do {
            services = try await self.services(on: platform)
        } catch {
            await platform.close()
            throw error
        }
        try await platform.run(services) { ports in
            // At once, also if standard output is a file or a pipe.
            FileHandle.standardOutput.write(Data(welcome(to: ports).utf8))
        }
    }

    /// Starts the program; an error ends it with its message on standard error and the status 1.
    @concurrent public static func main() async {
        do {
            try await start()
        } catch {
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            exit(1)
        }
    }
}
