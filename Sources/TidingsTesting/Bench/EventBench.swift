public import Logging
import Synchronization
public import Tidings

/// Subscribers on a bus in memory, on databases in memory, by a clock that a test moves: a whole system in one test.
///
/// ```swift
/// @Test func `a loan that is not returned is reminded of`() async throws {
///     let bench = EventBench(scope: "library") { try SQLiteEngine.inMemory() }
///     let loans = try await bench.database("loans", migrations: Loans.migrations)
///     try await bench.run(Loans.subscriber(on: bench, loans)) {
///         try await bench.publish(BookLent(book: "b-1"))
///         try await bench.waitUntilIdle()
///         #expect(try bench.published(LoanBegun.self) == [LoanBegun(book: "b-1")])
///         try await bench.advance(by: .seconds(14 * 86_400))
///         #expect(try bench.published(LoanReminded.self).count == 1)
///         #expect(try await bench.deadLetters().isEmpty)
///     }
/// }
/// ```
///
/// Time stands still but for ``advance(by:)``, and identifiers and randomness follow from the seed, so that a test runs the
/// same way every time, but for what runs side by side.
public final class EventBench: EventHost {
    /// The clock of the bus, the databases and the subscribers.
    public let clock: ManualClock
    /// Time, identifiers and randomness.
    public let environment: RuntimeEnvironment
    /// The bus, in memory.
    public var bus: any EventBus { memory }
    let memory: MemoryEventBus
    /// The name of the system, if it has one.
    public let scope: Scope?
    private let logger: Logger
    private let makeEngine: @Sendable () async throws -> any DatabaseEngine
    private let state = Mutex(State())

    private struct State {
        var databases: [ServiceDatabase] = []
        var subscribers: [Subscriber] = []
        /// Why the runtime ended by itself.
        var failure: (any Error)?
    }

    /// Makes a bench.
    /// - Parameters:
    ///   - scope: the name of the system, as its program gives it.
    ///   - seed: what identifiers and randomness follow from.
    ///   - logger: where failures are logged; nowhere unless it is given.
    ///   - engine: makes the engine of each database: `SQLiteEngine.inMemory()`.
    public init(
        scope: Scope? = nil, seed: UInt64 = 1,
        logger: Logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
        engine: @escaping @Sendable () async throws -> any DatabaseEngine
    ) {
        self.scope = scope
        self.logger = logger
        clock = ManualClock()
        environment = .seeded(seed, clock: clock)
        memory = MemoryEventBus(environment: environment, keepsHistory: true)
        makeEngine = engine
    }

    // MARK: Making

    /// Makes the database of a service.
    /// - Parameters:
    ///   - service: the service.
    ///   - source: the source of what it publishes; that of the scope unless it is given.
    ///   - migrations: the service's own tables.
    public func database(
        _ service: String, source: String? = nil, migrations: [Migration] = []
    ) async throws -> ServiceDatabase {
        let database = try await ServiceDatabase(
            try await makeEngine(), service: service, scope: scope, source: source, migrations: migrations,
            environment: environment)
        state.withLock { $0.databases.append(database) }
        return database
    }

    /// The logger of the bench.
    public func logger(for service: String) -> Logger { logger }

    /// Runs subscribers and the outboxes of all databases while `body` runs.
    public func run<Result>(_ subscribers: Subscriber..., body: () async throws -> Result) async throws -> Result {
        try await run(subscribers, body: body)
    }

    /// Runs subscribers and the outboxes of all databases that were made before, while `body` runs.
    /// - Throws: what `body` throws, or what ended the subscribers or the outboxes.
    public func run<Result>(_ subscribers: [Subscriber], body: () async throws -> Result) async throws -> Result {
        let databases = state.withLock { state in
            state.subscribers = subscribers
            state.failure = nil
            return state.databases
        }
        let runtime = EventRuntime(subscribers, databases: databases, bus: bus, logger: logger)
        // Else what is published at once could come before the groups.
        try await runtime.makeGroups()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await runtime.run()
                } catch {
                    if !(error is CancellationError) { self.state.withLock { $0.failure = error } }
                    throw error
                }
            }
            defer { group.cancelAll() }
            let result = try await body()
            if let failure { throw failure }
            return result
        }
    }

    // MARK: Publishing and looking

    /// Publishes an event as another service would.
    /// - Parameters:
    ///   - event: the event.
    ///   - source: where it comes from: `/<scope>/test`, or `/test` without a scope, unless it is given.
    ///   - correlationID: what it belongs together by.
    /// - Returns: its id.
    @discardableResult
    public func publish(
        _ event: some Event, source: String? = nil, correlationID: String? = nil
    ) async throws -> EventID {
        let envelope = try Envelope(
            event, id: environment.makeID(), source: source ?? scope?.source("test") ?? "/test", time: clock.now(),
            correlationID: correlationID)
        try await bus.publish([envelope])
        return envelope.id
    }

    /// All events that were published, by services or by the test, in order.
    public var published: [Envelope] { memory.published }

    /// The events of a type that were published, by services or by the test, in order.
    /// - Throws: `TidingsError` with code `undecodable`.
    public func published<E: Event>(_ type: E.Type) throws -> [E] {
        try published.filter { $0.type == E.type }.map { try $0.decode(E.self) }
    }

    /// The dead letters of all databases, the first 1,000 of each.
    public func deadLetters() async throws -> [DeadLetter] {
        try await all { try await $0.deadLetters(limit: 1000) }
    }

    /// The parked events of all databases, the first 1,000 of each.
    public func parkedEvents() async throws -> [ParkedEvent] {
        try await all { try await $0.parkedEvents(limit: 1000) }
    }

    /// What the effects of a subscriber have returned, each once, by the time at which it was recorded.
    /// - Parameters:
    ///   - subscriber: its name, without the scope.
    ///   - type: what is looked for; outcomes that cannot be read as such are left out.
    public func effects<Outcome: Decodable & Sendable>(
        of subscriber: String, returning type: Outcome.Type = Outcome.self
    ) async throws -> [Outcome] {
        let outcomes = EffectOutcomes(consumer: scope?.group(subscriber) ?? subscriber)
        return try await all { try await $0.read { try outcomes.list(in: $0) } }
            .compactMap { try? EventCoding.decode(Outcome.self, from: $0) }
    }

    private func all<Item>(_ list: (ServiceDatabase) async throws -> [Item]) async throws -> [Item] {
        var items: [Item] = []
        for database in state.withLock(\.databases) { items += try await list(database) }
        return items
    }

    var failure: (any Error)? { state.withLock(\.failure) }
    var databases: [ServiceDatabase] { state.withLock(\.databases) }
    var subscribers: [Subscriber] { state.withLock(\.subscribers) }
}
