import Foundation
import OrderServices
import Testing
import TidingsPrometheus
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct OrdersSettingsTests {
    @Test(arguments: [
        ("PAYMENT_SUCCESS_RATE", "1.5", "a number from 0.0 to 1.0"),
        ("PAYMENT_SUCCESS_RATE", "abc", "a number from 0.0 to 1.0"),
        ("PAYMENT_SUCCESS_RATE", "-0.1", "a number from 0.0 to 1.0"),
        ("PAYMENT_GATEWAY_SECONDS", "60", "a number from 0.1 to 10.0"),
        ("ORDER_TIMEOUT_SECONDS", "0", "a whole number from 1 to 3600"),
        ("USE_SIMULATED_PAYMENT", "false", "true, or PAYMENT_GATEWAY_URL: Stripe is not supported in this version"),
        ("USE_SIMULATED_PAYMENT", "maybe", "true or false"),
        ("ORDER_PORT", "70000", "a whole number from 0 to 65535"),
        ("PAYMENT_PORT", "http", "a whole number from 0 to 65535"),
        ("INVENTORY_PORT", "-1", "a whole number from 0 to 65535"),
        ("EVENT_BUS_TYPE", "kafka", "embedded or memory in this version"),
        (
            "EVENT_BUS_TYPE", "bogus",
            "one of embedded, memory, daemon, nats, kafka, redis, redis-pubsub, rabbitmq, postgres, aws"
        ),
        ("LOG_LEVEL", "loud", "one of trace, debug, info, notice, warning, error, critical"),
        ("TIDINGS_DATA", "/dev/null/data", "a folder that can be made and written"),
    ])
    func `an illegal value stops the start and says what would be right`(
        _ name: String, _ value: String, _ expected: String
    ) async {
        let error = await #expect(throws: SettingsError.self) {
            try await RunningOrders.with([name: value]) { _ in }
        }
        #expect(error?.description == "\(name) is '\(value)'; it must be \(expected)")
    }

    @Test func `two services of one port stop the start`() async {
        let error = await #expect(throws: SettingsError.self) {
            try await RunningOrders.with(["ORDER_PORT": "4712", "INVENTORY_PORT": "4712"]) { _ in }
        }
        #expect(error?.description == "INVENTORY_PORT is '4712'; it must be another port than that of order")
    }

    /// The settings that the README has with a default, as it prints them.
    private func printedSettings() throws -> [(name: String, value: String)] {
        let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../README.md").standardized
        return try String(contentsOf: readme, encoding: .utf8).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimming { $0 == " " || $0 == "`" } }
            let isSetting = cells.count == 3 && !cells[1].isEmpty && cells[0].allSatisfy { $0.isUppercase || $0 == "_" }
            return isSetting ? (cells[0], cells[1]) : nil
        }
    }

    @Test func `what the README prints as a default is taken from a settings file as it is printed`() async throws {
        let printed = try printedSettings()
        #expect(printed.contains { $0.name == "ORDER_DATABASE_URL" && $0.value.hasPrefix("sqlite:") })
        #expect(printed.count > 10)
        try await TemporaryFolder.with { folder in
            // All as printed, but for the place and the ports, which other tests may use.
            let lines = printed.map { name, value in
                "\(name)=\(name.hasSuffix("_PORT") ? "0" : value.replacing("./data", with: folder))"
            }
            let file = "\(folder)/settings"
            try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let settings = try await Settings.load(environment: ["TIDINGS_CONFIG": file])
            let platform = try await Platform.open(settings, scope: OrdersSystem.scope, metrics: PrometheusRegistry())
            let services = try await OrdersSystem.services(on: platform)
            let (running, started) = AsyncStream<Void>.makeStream()
            let run = Task {
                defer { started.finish() }
                try await platform.run(services, until: []) { _ in started.yield() }
            }
            let hasStarted = await running.first { true } != nil
            run.cancel()
            _ = await run.result
            #expect(hasStarted)
            for service in ["order", "payment", "inventory"] {
                #expect(FileManager.default.fileExists(atPath: "\(folder)/orders/\(service).sqlite"))
            }
        }
    }

    @Test(arguments: ["DATABASE_URL", "PAYMENT_DATABASE_URL", "PAYMENT_GATEWAY_URL"])
    func `a password in an address is not in the message`(_ name: String) async throws {
        let error = await #expect(throws: SettingsError.self) {
            try await RunningOrders.with([name: "postgresql://user:secret@db.example/orders"]) { _ in }
        }
        #expect(try #require(error).name == name)
        #expect(try !#require(error).description.contains("secret"))
    }
}

extension Substring {
    /// The text without some characters at its ends.
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
        String(drop(while: isTrimmed).reversed().drop(while: isTrimmed).reversed())
    }
}
