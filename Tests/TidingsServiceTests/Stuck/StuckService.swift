import CoreMetrics
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Tidings
import TidingsBroker
import TidingsPrometheus
import TidingsRouting
import TidingsService
import TidingsTesting

/// A service in which each kind of work can be made to get stuck.
struct StuckService: Sendable {
    /// A piece of work as the routes show it.
    struct Found: Decodable, Sendable {
        struct Remedy: Decodable { let path: String, body: String }

        let kind: StuckWork.Kind
        let name: String
        let since: Timestamp
        let heldBy: String
        let holdsUp: String
        let remedy: Remedy
    }

    struct Health: Decodable {
        let status: String
        let reason: String
        let stuck: [Named]

        struct Named: Decodable { let kind: StuckWork.Kind, name: String, since: Timestamp }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            status = try container.decode(String.self, forKey: .status)
            reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
            stuck = try container.decodeIfPresent([Named].self, forKey: .stuck) ?? []
        }

        private enum CodingKeys: String, CodingKey { case status, reason, stuck }
    }

    let clock: ManualClock
    let log: LogLines
    /// The file of the database.
    let path: String
    let database: ServiceDatabase
    let bus: any EventBus
    let faults: Faults
    let client: any TestClientProtocol

    static func with(_ body: @escaping @Sendable (StuckService) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            let (clock, log, faults, metrics) = (ManualClock(), LogLines(), Faults(), PrometheusRegistry())
            var embedded = EmbeddedOptions()
            embedded.unreadAlarm = .seconds(10)
            let platform = try await Platform.open(
                Settings(["TIDINGS_DATA": folder, "LOG_LEVEL": "info"]), scope: "stuck", embedded: embedded,
                metrics: metrics, environment: .seeded(1, clock: clock),
                logger: Logger(label: "stuck") { _ in LineHandler(lines: log) }
            ) { HaltingBus($0, faults) }
            do {
                let database = try await platform.database(for: "stock")
                let service = try HostedService(
                    "stock", on: platform, port: 0, database: database,
                    subscribers: [subscriber(on: platform, database, faults)], metricsPath: "/metrics"
                ) { _ in }
                let application = try withMetricsFactory(metrics) { try platform.application(of: service) }
                try await application.test(.router) { client in
                    try await body(
                        StuckService(
                            clock: clock, log: log, path: "\(folder)/stuck/stock.sqlite", database: database,
                            bus: platform.bus, faults: faults,
                            client: client))
                    faults.clear()
                }
            } catch {
                faults.clear()
                await platform.close()
                throw error
            }
        }
    }

    private static func subscriber(
        on platform: Platform, _ database: ServiceDatabase, _ faults: Faults
    ) -> Subscriber {
        var options = SubscriberOptions()
        options.afterDeadLetter = .park
        options.effectTimeout = .seconds(600)
        options.retry.maximumAttempts = 1
        return Subscriber("stock", on: platform, database, options: options) {
            On(Asked.self) { _, _ in
                while faults[.effect] { try await Task.sleep(for: .milliseconds(1)) }
                return 1
            } then: { _, _, _ in
            }
            On(Counted.self) { _, transaction in
                if faults[.key] { throw Unhappy() }
                while faults[.transaction] { _ = try transaction.query("SELECT 1 AS one") }
            }
            SagaHandler(Journey.self)
        }
    }

    // MARK: Getting stuck

    func plant(_ kind: StuckWork.Kind) async throws {
        switch kind {
        case .effect, .delivery:
            faults[.effect] = true
            try await publish(Asked(key: "a"))
        case .transaction:
            faults[.transaction] = true
            try await publish(Counted(key: "a"))
        case .key:
            faults[.key] = true
            try await publish(Counted(key: "a"))
            try await publish(Counted(key: "a"))
        case .loop:
            faults[.loop] = true
            try await publish(Counted(key: "a"))
        case .group:
            let pattern = try EventPattern(types: [Counted.type.rawValue])
            try await bus.subscribe(Subscription(group: "stuck.left", pattern: pattern)).close()
            try await publish(Counted(key: "a"))
        case .parked:
            faults[.key] = true
            try await publish(Counted(key: "a"))
            try await until { try await database.deadLetterCount() == 1 }
            // As if its consumer had been given another name.
            try await change("UPDATE tidings_parked SET consumer = 'gone', state = 'parked'")
        case .outbox:
            // It waits there with a reason not to be published.
            _ = try await database.transaction { try $0.publish(Counted(key: "a"), after: .seconds(86_400)) }
            try await change(
                """
                INSERT INTO tidings_outbox (event_id, event_type, written_at, envelope, error)
                SELECT event_id, event_type, \(clock.now()), envelope, 'planted' FROM tidings_scheduled
                """, "DELETE FROM tidings_scheduled")
        case .saga, .compensation:
            try await publish(Started(key: "a"))
            try await until { try await database.saga(Journey.self, id: "a") != nil }
            if kind == .saga {
                // As if its time-out had killed the service ten times.
                try await change("UPDATE tidings_sagas SET begun = 10, wake_at = \(clock.now())")
            } else {
                try await publish(Refused(key: "a"))
            }
        }
    }

    /// Ends what has kept the work from moving, where the call alone would have it fail again.
    func repair(_ kind: StuckWork.Kind) {
        if kind == .key { faults.clear() }
    }

    func publish(_ event: some Event) async throws {
        _ = try await database.transaction { try $0.publish(event) }
    }

    private func change(_ statements: SQLStatement...) async throws {
        try await database.transaction { transaction in
            for statement in statements { try transaction.execute(statement) }
        }
    }

    // MARK: Looking

    func find(_ kind: StuckWork.Kind) async throws -> Found? {
        struct List: Decodable { let stuck: [Found] }
        return try await get("/manage/stuck", as: List.self).stuck.first { $0.kind == kind }
    }

    func health() async throws -> Health { try await get("/health/events", as: Health.self) }

    /// The gauge of a kind of stuck work; 0 before it was set.
    func gauge(_ kind: StuckWork.Kind) async throws -> Double {
        let lines = try await client.execute(uri: "/metrics", method: .get) { String(buffer: $0.body) }
        let line = lines.split(separator: "\n").first { line in
            line.hasPrefix("tidings_stuck{") && line.contains("kind=\"\(kind.rawValue)\"")
        }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
    }

    func post(_ path: String, _ body: String) async throws {
        try await client.execute(
            uri: path, method: .post, headers: [.contentType: "application/json"], body: ByteBuffer(string: body)
        ) { answer in
            guard answer.status.kind == .successful else { throw Unhappy(reason: String(buffer: answer.body)) }
        }
    }

    /// Waits until so many events were handled; no time passes meanwhile.
    func waitUntilHandled(_ count: Int) async throws {
        let handled: @Sendable (any DatabaseConnection) throws -> Int = {
            try $0.query("SELECT count(*) AS n FROM tidings_inbox")[0].value("n")
        }
        while try await database.read(handled) < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Lets a second pass.
    func advance() async throws {
        clock.advance(by: .seconds(1))
        try await Task.sleep(for: .milliseconds(1))
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            try await advance()
        }
    }

    private func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        try Task.checkCancellation()
        try await Task.sleep(for: .milliseconds(1))
        return try await client.execute(uri: path, method: .get) { answer in
            try JSONDecoder().decode(Value.self, from: Data(answer.body.readableBytesView))
        }
    }
}
