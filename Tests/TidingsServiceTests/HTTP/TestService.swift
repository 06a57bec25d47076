import Hummingbird
import HummingbirdTesting
import ServiceLifecycle
import ServiceLifecycleTestKit
import Tidings
import TidingsPrometheus
import TidingsService

/// A service with a few routes, as it runs in a program.
enum TestService {
    struct Thing: Codable, Sendable {
        let name: String
        var count: Int?
    }

    /// Runs it in a folder of its own.
    /// - Parameters:
    ///   - settings: what is not as usual.
    ///   - environment: its time.
    ///   - routes: routes besides `POST /things` and `GET /things/:name`.
    static func with<Result: Sendable>(
        _ settings: [String: String] = [:], environment: RuntimeEnvironment = .system,
        routes: @escaping @Sendable (Router<BasicRequestContext>, ServiceDatabase) -> Void = { _, _ in },
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Result
    ) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let settings = ["TIDINGS_DATA": folder, "LOG_LEVEL": "critical", "EVENT_BUS_TYPE": "memory"]
                .merging(settings) { $1 }
            let platform = try await Platform.open(
                Settings(settings), scope: "test", metrics: PrometheusRegistry(), environment: environment)
            do {
                let service = try await make(on: platform, routes)
                return try await platform.application(of: service).test(.live) { client in try await body(client) }
            } catch {
                await platform.close()
                throw error
            }
        }
    }

    /// Runs it as a program does, beside another service, and ends it in good order when the body is done or says so.
    /// - Parameter body: is given its port, and what asks it to end.
    static func running<Result: Sendable>(
        _ settings: [String: String] = [:], beside other: (any Service)? = nil,
        routes: @escaping @Sendable (Router<BasicRequestContext>, ServiceDatabase) -> Void = { _, _ in },
        _ body: @escaping @Sendable (Int, GracefulShutdownTestTrigger) async throws -> Result
    ) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let settings = ["TIDINGS_DATA": folder, "LOG_LEVEL": "critical", "EVENT_BUS_TYPE": "memory"]
                .merging(settings) { $1 }
            let platform = try await Platform.open(Settings(settings), scope: "test", metrics: PrometheusRegistry())
            let service = try await make(on: platform, routes)
            return try await testGracefulShutdown { trigger in
                let (ports, listening) = AsyncStream.makeStream(of: Int.self)
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { listening.finish() }
                        try await platform.run([other].compactMap(\.self) + [service], until: []) { ports in
                            listening.yield(ports["things"] ?? 0)
                        }
                    }
                    for await port in ports {
                        let result = try await body(port, trigger)
                        trigger.triggerGracefulShutdown()
                        try await group.waitForAll()
                        return result
                    }
                    try await group.waitForAll()
                    throw CancellationError()
                }
            }
        }
    }

    static func make(
        on platform: Platform, _ routes: (Router<BasicRequestContext>, ServiceDatabase) -> Void = { _, _ in }
    ) async throws -> HostedService {
        let database = try await platform.database(for: "things")
        return try HostedService("things", on: platform, port: 0, database: database, subscribers: []) { router in
            router.post("things") { request, _ in Response.json(try await request.json(Thing.self)) }
            router.get("things/:name") { _, context in Response.json(["name": try context.parameters.text("name")]) }
            routes(router, database)
        }
    }
}

extension TestClientProtocol {
    /// Sends bytes as one request after which the connection is closed, and returns the whole answer.
    func wire(_ head: String, _ body: String = "") async throws -> String {
        guard let port else { return "" }
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        return try await WireConnection.answer(to: "\(head)\r\nConnection: close\r\n\(length)\r\n\(body)", port: port)
    }
}
