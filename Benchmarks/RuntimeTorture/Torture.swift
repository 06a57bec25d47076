import Foundation
import Hummingbird
import ServiceLifecycle
import Tidings
import TidingsSQLite
import TidingsService

/// What all services of one process share, and how the script has set it.
struct Torture: Sendable {
    /// Which version of the consumers runs, or both in one group.
    enum Fleet: String, CaseIterable {
        case v1, v2, mixed
    }

    let fleet: Fleet
    let world: World
    let time: JumpingTime
    /// The time of the services; that of the bus is the machine's.
    let environment: RuntimeEnvironment
    let options: SubscriberOptions
    /// Tells one process from another.
    let run = Int(ProcessInfo.processInfo.processIdentifier)
    /// Whether the items have lost their troubles.
    private let isCured: Bool
    private let retention: Duration?
    /// How many rows services keep in their own tables; all if nothing is said.
    private let kept: Int

    init(by settings: Settings) throws {
        fleet = try settings.choice("TORTURE_FLEET", default: .v2)
        world = World(in: settings.text("TORTURE_WORLD", default: "."))
        time = JumpingTime(
            ahead: .seconds(try settings.integer("TORTURE_CLOCK", in: -1_000_000_000...1_000_000_000, default: 0)),
            world: world)
        environment = RuntimeEnvironment(time: time) {
            var generator = SystemRandomNumberGenerator()
            return generator.next()
        }
        isCured = try settings.flag("TORTURE_CURED", default: false)
        retention = try Self.retention(by: settings)
        kept = try settings.integer("TORTURE_KEPT_ROWS", in: 1...Int.max, default: .max)
        var options = SubscriberOptions()
        options.batchSize = 20
        let effectSeconds = try settings.number("TORTURE_EFFECT_SECONDS", in: 1...60, default: 4)
        options.effectTimeout = .seconds(effectSeconds)
        options.visibilityTimeout = .seconds(effectSeconds / 2)
        options.deliveryLimit = try settings.integer("TORTURE_DELIVERIES", in: 2...100, default: 6)
        options.retry = RetryPolicy(
            maximumAttempts: try settings.integer("TORTURE_ATTEMPTS", in: 1...100, default: 8),
            initialDelay: .milliseconds(200), maximumDelay: .seconds(2))
        self.options = options
    }

    /// How long the bus keeps what nobody needs, if that is said; the inboxes remember for twice as long.
    static func retention(by settings: Settings) throws -> Duration? {
        let seconds = try settings.integer("TORTURE_RETENTION_SECONDS", in: 0...1_000_000, default: 0)
        return seconds == 0 ? nil : .seconds(seconds)
    }

    /// A service's place, on a database in the folder of the world.
    func site(_ service: String, on platform: Platform, migrations: [Migration]) async throws -> Site {
        let database = try await database(of: service, on: platform, migrations)
        return Site(service: service, platform: platform, bus: platform.bus, database: database, torture: self)
    }

    /// A service whose subscribers are of the version that runs, or two of both versions: members of one group that have
    /// nothing in common but the bus and the database's file, as if they were two processes.
    func fleet(
        _ service: String, on platform: Platform, _ migrations: [Migration], _ consumer: some Consumer
    ) async throws -> [any Service] {
        let site = try await site(service, on: platform, migrations: migrations)
        switch fleet {
        case .v1: return [try site.hosted([consumer.subscriber(of: WorkAcceptedV1.self, at: site)])]
        case .v2: return [try site.hosted([consumer.subscriber(of: WorkAccepted.self, at: site)])]
        case .mixed:
            let second = Site(
                service: service, platform: platform, bus: SecondMember(of: platform.bus),
                database: try await database(of: service, on: platform, migrations), torture: self)
            return [
                try site.hosted([consumer.subscriber(of: WorkAccepted.self, at: site)]),
                consumer.subscriber(of: WorkAcceptedV1.self, at: second),
            ]
        }
    }

    private func database(
        of service: String, on platform: Platform, _ migrations: [Migration]
    ) async throws -> ServiceDatabase {
        let engine = try await SQLiteEngine.open(
            "\(world.folder)/\(service).sqlite", busyTimeout: .milliseconds(500))
        guard let retention else {
            return try await ServiceDatabase(
                engine, service: service, scope: platform.scope, migrations: migrations, environment: environment)
        }
        // Dead letters are counted at the end.
        let policy = RetentionPolicy(inbox: retention * 2, earlySagas: retention * 2, finishedSagas: retention * 2)
        return try await ServiceDatabase(
            engine, service: service, scope: platform.scope, migrations: migrations, retention: policy,
            environment: environment)
    }

    /// What an item does at a place, if it is still to do it.
    /// - Returns: nothing if its trouble is for another place or has happened often enough.
    func trouble(of text: String, number: Int, at place: String) -> Trouble.What? {
        guard !isCured, let trouble = Trouble(text), trouble.place == place else { return nil }
        return world.attempt("\(place) \(number)", "\(trouble.what)") <= trouble.times ? trouble.what : nil
    }
}

extension Torture {
    /// What each service counts besides its rows.
    static let totals = Migration(
        "totals", "CREATE TABLE totals (count INTEGER NOT NULL, cents INTEGER NOT NULL)",
        "INSERT INTO totals VALUES (0, 0)")

    /// Counts a row that was written to a table with numbered rows, and removes the oldest where there are too many.
    func count(_ cents: Int = 0, in table: SQLStatement, by place: SQLStatement, _ transaction: Transaction) throws {
        try transaction.execute("UPDATE totals SET count = count + 1, cents = cents + \(cents)")
        guard kept < .max else { return }
        try transaction.execute(
            "DELETE FROM \(table) WHERE \(place) <= (SELECT MAX(\(place)) FROM \(table)) - \(kept)")
    }
}

/// One service as its handlers see it.
struct Site: Sendable {
    let service: String
    let platform: Platform
    let bus: any EventBus
    let database: ServiceDatabase
    let torture: Torture

    func subscriber(
        _ name: String, options: SubscriberOptions? = nil, @SubscriberBuilder _ parts: () -> SubscriberParts
    ) -> Subscriber {
        Subscriber(
            name, bus: bus, database: database, options: options ?? torture.options,
            logger: platform.logger(for: service), parts)
    }

    func hosted(
        _ subscribers: [Subscriber], routes: (Router<BasicRequestContext>) -> Void = { _ in }
    ) throws -> HostedService {
        try HostedService(
            service, on: platform, port: 0, database: database, subscribers: subscribers, routes: routes)
    }
}

/// What a service is made of that has a version.
protocol Consumer: Sendable {
    func subscriber<W: Work>(of type: W.Type, at site: Site) -> Subscriber
}
