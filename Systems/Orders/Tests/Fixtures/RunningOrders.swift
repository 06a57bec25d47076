import CoreMetrics
import OrderServices
import ServiceLifecycleTestKit
import Tidings
import TidingsPrometheus
import TidingsService

/// The orders system while it runs in this process, on ports of its own, in a folder of its own.
struct RunningOrders: Sendable {
    let platform: Platform
    let databases: ServiceDatabases
    private let ports: [String: Int]

    /// Runs it for one test, in a folder that is new.
    static func with<Value: Sendable>(
        _ settings: [String: String] = [:], gateway: (any PaymentGateway)? = nil,
        environment: RuntimeEnvironment = .system, only: Set<String>? = nil,
        _ body: @Sendable (RunningOrders) async throws -> Value
    ) async throws -> Value {
        try await TemporaryFolder.with { folder in
            try await run(in: folder, settings, gateway: gateway, environment: environment, only: only, body)
        }
    }

    /// Runs it in a folder, and ends it in good order when the body is done.
    static func run<Value: Sendable>(
        in folder: String, _ settings: [String: String] = [:], gateway: (any PaymentGateway)? = nil,
        environment: RuntimeEnvironment = .system, only: Set<String>? = nil,
        _ body: @Sendable (RunningOrders) async throws -> Value
    ) async throws -> Value {
        let registry = PrometheusRegistry()
        return try await withMetricsFactory(registry) {
            let settings = [
                "TIDINGS_DATA": folder, "LOG_LEVEL": "critical", "ORDER_PORT": "0", "PAYMENT_PORT": "0",
                "INVENTORY_PORT": "0", "PAYMENT_SUCCESS_RATE": "1",
            ].merging(settings) { $1 }
            let platform = try await Platform.open(
                Settings(settings), scope: OrdersSystem.scope, metrics: registry, environment: environment)
            do {
                let services = try await OrdersSystem.services(on: platform, gateway: gateway)
                return try await serve(services.filter { only?.contains($0.name) ?? true }, on: platform, folder, body)
            } catch {
                await platform.close()
                throw error
            }
        }
    }

    private static func serve<Value: Sendable>(
        _ services: [HostedService], on platform: Platform, _ folder: String,
        _ body: @Sendable (RunningOrders) async throws -> Value
    ) async throws -> Value {
        try await testGracefulShutdown { trigger in
            let (listening, continuation) = AsyncStream.makeStream(of: [String: Int].self)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { continuation.finish() }
                    try await platform.run(services, until: []) { continuation.yield($0) }
                }
                var starting = listening.makeAsyncIterator()
                guard let ports = await starting.next() else {
                    try await group.waitForAll()
                    throw Unmet("the services ended before they ran")
                }
                do {
                    let orders = RunningOrders(
                        platform: platform, databases: ServiceDatabases(in: folder + "/orders"), ports: ports)
                    let value = try await body(orders)
                    trigger.triggerGracefulShutdown()
                    try await group.waitForAll()
                    return value
                } catch {
                    group.cancelAll()
                    throw error
                }
            }
        }
    }

    func url(of service: String, _ path: String) -> String {
        "http://127.0.0.1:\(ports[service] ?? 0)\(path)"
    }

    /// Waits for a condition; the time limit of the test ends the waiting.
    func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

/// Something that a test waits for or needs, and that does not come.
struct Unmet: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
