import Foundation
import Testing
import Tidings
import TidingsPrometheus
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct PlatformSettingsTests {
    @Test(arguments: [
        ("EVENT_BUS_TYPE", "nats", "embedded or memory in this version"),
        (
            "EVENT_BUS_TYPE", "bogus",
            "one of embedded, memory, daemon, nats, kafka, redis, redis-pubsub, rabbitmq, postgres, aws"
        ),
        ("LOG_LEVEL", "loud", "one of trace, debug, info, notice, warning, error, critical"),
    ])
    func `an illegal value stops the start`(_ name: String, _ value: String, _ expected: String) async throws {
        let error = try await failure(of: [name: value]) { _ in }
        #expect(error?.description == "\(name) is '\(value)'; it must be \(expected)")
    }

    @Test func `a data folder that cannot be made stops the start`() async throws {
        try await TemporaryFolder.with { folder in
            let file = folder + "/file"
            try Data().write(to: URL(filePath: file))
            let error = try await failure(of: ["TIDINGS_DATA": file + "/data"]) { _ in }
            #expect(error?.name == "TIDINGS_DATA")
            #expect(error?.value == file + "/data")
            #expect(error?.expected == "a folder that can be made and written")
        }
    }

    @Test(arguments: ["DATABASE_URL", "STOCK_DATABASE_URL"])
    func `a database's password is not repeated`(_ name: String) async throws {
        let error = try await failure(of: [name: "postgresql://user:secret@db.example/stock"]) { platform in
            _ = try await platform.database(for: "stock", source: "/stock", migrations: [])
        }
        let message = try #require(error).description
        #expect(message.hasPrefix("\(name) is 'postgresql:…'; it must be "))
        #expect(!message.contains("secret"))
        #expect(!message.contains("user"))
    }

    @Test func `an address without a scheme is not repeated either`() async throws {
        let error = try await failure(of: ["STOCK_DATABASE_URL": "user=me password=secret"]) { platform in
            _ = try await platform.database(for: "stock", source: "/stock", migrations: [])
        }
        #expect(try !#require(error).description.contains("secret"))
    }

    @Test func `two services of one port stop the start`() async throws {
        let error = try await failure(of: ["STOCK_PORT": "4711", "SHOP_PORT": "4711"]) { platform in
            try await platform.run([try await service("stock", on: platform), try await service("shop", on: platform)])
        }
        #expect(error?.description == "SHOP_PORT is '4711'; it must be another port than that of stock")
    }

    @Test func `a port that is in use stops the start by its name`() async throws {
        let listener = try LoopbackListener()
        defer { listener.close() }
        let error = try await failure(of: ["STOCK_PORT": "\(listener.port)"]) { platform in
            try await platform.run([try await service("stock", on: platform)], until: [])
        }
        #expect(
            error?.description
                == "STOCK_PORT is '\(listener.port)'; it must be a port of 127.0.0.1 that is free and may be listened on"
        )
    }

    @Test(arguments: ["999.1.1.1", "203.0.113.7"])
    func `a host that is not this machine stops the start by its name`(_ host: String) async throws {
        let error = try await failure(of: ["TIDINGS_HOST": host]) { platform in
            try await platform.run([try await service("stock", on: platform)], until: [])
        }
        #expect(
            error?.description
                == "TIDINGS_HOST is '\(host)'; it must be an address of this machine, such as 127.0.0.1 or 0.0.0.0")
    }

    private func service(_ name: String, on platform: Platform) async throws -> HostedService {
        let database = try await platform.database(for: name)
        return try HostedService(
            name, on: platform, port: 0, database: database, subscribers: [], metricsPath: "/metrics"
        ) { _ in }
    }

    /// What a platform of these settings, or what is done with it, is refused with.
    private func failure(
        of settings: [String: String], _ body: (Platform) async throws -> Void
    ) async throws -> SettingsError? {
        try await TemporaryFolder.with { folder in
            let settings = ["TIDINGS_DATA": folder + "/data", "LOG_LEVEL": "critical"].merging(settings) { $1 }
            return await #expect(throws: SettingsError.self) {
                let platform = try await Platform.open(
                    Settings(settings), scope: "test", metrics: PrometheusRegistry())
                do {
                    try await body(platform)
                } catch {
                    await platform.close()
                    throw error
                }
                await platform.close()
            }
        }
    }
}
