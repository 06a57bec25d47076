import Foundation
import Logging
import Synchronization
import Tidings
import TidingsRouting
import TidingsSQLite
import TidingsTesting

/// A bus in memory, a database in a temporary folder and a clock that the test moves.
struct Bench: Sendable {
    let clock: ManualClock
    let environment: RuntimeEnvironment
    let bus: MemoryEventBus
    let path: String
    let database: ServiceDatabase

    /// Makes a bench for one test and clears it away afterwards.
    static func with(_ body: @Sendable (Bench) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidings-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(try await Bench(path: folder.appending(path: "service.sqlite").path))
    }

    private init(path: String) async throws {
        clock = ManualClock()
        environment = .seeded(1, clock: clock)
        self.path = path
        bus = MemoryEventBus(environment: environment)
        database = try await ServiceDatabase(
            try await SQLiteEngine.open(path, busyTimeout: .milliseconds(20)), service: "shop", source: "/shop",
            migrations: [Migration("seen", "CREATE TABLE seen (place INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT)")],
            environment: environment)
    }

    /// Another way into the same file.
    func engine() async throws -> SQLiteEngine {
        try await SQLiteEngine.open(path, busyTimeout: .milliseconds(20))
    }

    var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    func subscriber(
        _ name: String = "stock", _ change: (inout SubscriberOptions) -> Void = { _ in },
        @SubscriberBuilder _ parts: () -> SubscriberParts
    ) -> Subscriber {
        var options = SubscriberOptions()
        change(&options)
        return Subscriber(name, bus: bus, database: database, options: options, logger: logger, parts)
    }

    /// Runs services while `body` runs.
    func running(
        _ subscribers: Subscriber..., relay: (any EventBus)? = nil, _ body: () async throws -> Void
    ) async throws {
        for subscriber in subscribers { try await join(subscriber.name) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for subscriber in subscribers { group.addTask { try await subscriber.run() } }
            if let relay {
                let relay = OutboxRelay(from: database, to: relay, logger: logger)
                group.addTask { try await relay.run() }
            }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Makes a consumer group, so that it gets what is published from now on.
    @discardableResult
    func join(_ group: String, visibilityTimeout: Duration = .seconds(60)) async throws -> any EventConsumer {
        try await bus.subscribe(
            Subscription(
                group: group, pattern: try EventPattern(types: ["*"]), visibilityTimeout: visibilityTimeout))
    }

    /// Waits for a condition, moving the clock a little each time where that is asked for.
    func until(advancing step: Duration = .zero, _ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            if step > .zero { clock.advance(by: step) }
            // Whoever is due gets to run before the clock goes on, and whoever else has work before this looks again.
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    // MARK: Publishing

    func envelope(
        of event: some Event, id: EventID? = nil, correlationID: String? = nil,
        extensions: [String: ExtensionValue] = [:]
    ) throws -> Envelope {
        var envelope = try Envelope(
            event, id: id ?? environment.makeID(), source: "/test", time: clock.now(), correlationID: correlationID)
        envelope.extensions = extensions
        return envelope
    }

    @discardableResult
    func publish(_ events: any Event...) async throws -> [EventID] {
        let envelopes = try events.map { try envelope(of: $0) }
        try await bus.publish(envelopes)
        return envelopes.map(\.id)
    }

    // MARK: Looking

    /// What handlers have noted, in order.
    func seen() async throws -> [String] {
        try await database.read { try $0.query("SELECT what FROM seen ORDER BY place").map { try $0.value("what") } }
    }

    func count(_ table: String, where condition: String = "1 = 1") async throws -> Int {
        try await database.read {
            try $0.query(SQLStatement(stringLiteral: "SELECT count(*) AS n FROM \(table) WHERE \(condition)"))[0].value(
                "n")
        }
    }

    /// The types of the events in the outbox, in order.
    func outbox() async throws -> [String] {
        try await database.read {
            try $0.query("SELECT event_type FROM tidings_outbox ORDER BY place").map { try $0.value("event_type") }
        }
    }
}

extension Transaction {
    func note(_ what: String) throws {
        try execute("INSERT INTO seen (what) VALUES (\(what))")
    }
}

/// Something that tests turn on and off, and count.
final class Dial: Sendable {
    private let number: Mutex<Int>

    init(_ number: Int = 0) {
        self.number = Mutex(number)
    }

    var value: Int {
        get { number.withLock { $0 } }
        set { number.withLock { $0 = newValue } }
    }

    /// Takes one away, if there is one.
    /// - Returns: whether there was.
    func turnBack() -> Bool {
        number.withLock {
            guard $0 > 0 else { return false }
            $0 -= 1
            return true
        }
    }

    /// Adds one and returns the sum.
    @discardableResult
    func turn() -> Int {
        number.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Something that tests write down, in order.
final class Notes: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

struct Placed: Event {
    static let type: EventType = "order.placed.v1"
    let order: String
    var note: String?
    var subject: String? { order }
}

struct Counted: Event {
    static let type: EventType = "stock.counted.v1"
    let order: String
    let number: Int
    var subject: String? { order }
}

struct Reserved: Event {
    static let type: EventType = "stock.reserved.v1"
    let order: String
    var subject: String? { order }
}

/// An event without a key.
struct Rang: Event {
    static let type: EventType = "bell.rang.v1"
    let bell: String
}

struct Unhappy: Error, CustomStringConvertible {
    var description: String { "unhappy" }
}
