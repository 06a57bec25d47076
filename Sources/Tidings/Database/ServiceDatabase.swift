import Synchronization
import TidingsRouting
import Tracing

/// A service's own database: where its state, its outbox, its inbox, its parked events and its sagas live together.
///
/// Every transaction can publish: the events are written with the state change or not at all, and reach the bus
/// through the outbox, which ``EventRuntime`` carries to it.
public final class ServiceDatabase: Sendable {
    /// The service that owns it, as metrics and logs name it.
    public let service: String
    /// The `source` of the events that it publishes.
    public let source: String
    /// The system that it belongs to.
    public let scope: Scope?
    package let engine: any DatabaseEngine
    let environment: RuntimeEnvironment
    /// For how long it remembers what is over.
    public let retention: RetentionPolicy
    let maintenance: MaintenanceState
    /// Wakes the relay after a commit that published.
    let published = Signal()
    /// What this process has begun on it.
    let work: WorkInProgress
    /// The subscribers that run on it in this process.
    let running = RunningSubscribers()
    /// Why its relay cannot publish.
    let relayFailure = CurrentFailure()
    let writeFailure = CurrentFailure()
    /// What was stuck when someone last looked.
    let lastLook = Mutex<[StuckWork]>([])

    /// Opens a service's database and brings its tables up to date.
    /// - Parameters:
    ///   - engine: where it is kept.
    ///   - service: the service that owns it: `payment`.
    ///   - scope: the system that it belongs to: subscribers consume, and handlers hear events, as ``Scope`` says.
    ///   - source: the CloudEvents `source` of what it publishes, a URI reference: `/orders/payment`. Unless it is given,
    ///     it is that of the scope, or `/<service>` without one.
    ///   - migrations: the service's own tables.
    ///   - retention: for how long it remembers what is over.
    ///   - environment: time, identifiers and randomness.
    /// - Throws: ``TidingsError`` with code `unavailable`, `invalid` for a source that no event may have,
    ///   `misconfigured` for a scope that has no name or does not hear the source or a time of `retention` that is too short, or `statement` if a migration is wrong.
    public init(
        _ engine: any DatabaseEngine, service: String, scope: Scope? = nil, source: String? = nil,
        migrations: [Migration] = [],
        retention: RetentionPolicy = RetentionPolicy(), environment: RuntimeEnvironment = .system
    ) async throws {
        let source = source ?? scope?.source(service) ?? "/\(service)"
        // What is wrong with the source would be wrong with every event.
        try Envelope(
            id: "source", source: source, type: "source", time: Timestamp(microseconds: 0), data: EventBytes([])
        ).validate()
        try scope?.validate()
        try retention.check(for: service)
        if let scope, let filter = EventSource.scope.filter(in: scope), !filter.matches(source) {
            throw TidingsError(
                .misconfigured,
                "service \(service) publishes as \(source), which the handlers of its scope \(scope) do not hear")
        }
        self.engine = engine
        self.service = service
        self.scope = scope
        self.source = source
        self.environment = environment
        self.retention = retention
        maintenance = MaintenanceState(at: environment.time.uptime())
        work = WorkInProgress(on: environment.time)
        try await migrate(Migration.platform + migrations)
    }

    /// Runs a body in one transaction and returns once it is durable, with what it published.
    ///
    /// The body is synchronous and runs on the database's own thread. It may run twice, so it has no effects outside
    /// the database. What it throws undoes it.
    public func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result {
        try await transaction(trace: TraceContext.current, body)
    }

    /// Runs a body that only reads, on what was committed before it began. It does not wait for transactions that
    /// write.
    /// - Throws: what the body throws; ``TidingsError`` with code `unavailable` or `closed`.
    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any DatabaseConnection) throws -> Result
    ) async throws -> Result {
        try await engine.read(body)
    }

    /// Why nothing could be written when that was last tried; `nil` if something was. ``EventRuntime`` tries it every five
    /// seconds.
    public var writeProblem: String? { writeFailure.reason }

    func transaction<Result: Sendable>(
        trace: TraceContext?, _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result {
        let (result, wakes) = try await engine.write { connection in
            let transaction = Transaction(connection, database: self, trace: trace)
            let piece = transaction.progress.begin(on: self)
            defer { self.work.end(piece) }
            let result = try body(transaction)
            return (result, try transaction.finish())
        }
        writeFailure.note(nil)
        if wakes.relay { published.signal() }
        for (alarm, end) in wakes.timeouts { alarm.set(end) }
        return result
    }

    /// Lets the loops of its subscribers look, after a person has changed what they look for.
    func wakeSubscribers() {
        for subscriber in running.all { subscriber.wake(at: environment.now()) }
    }

    private func migrate(_ migrations: [Migration]) async throws {
        let now = environment.now()
        try await engine.write { connection in
            _ = try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS tidings_migrations (
                    name TEXT PRIMARY KEY, statements TEXT NOT NULL, applied_at BIGINT NOT NULL)
                """)
        }
        for migration in migrations {
            try await engine.write { [engine] connection in
                let statements = migration.statements(engine)
                let text = Migration.text(of: statements)
                let done = try connection.query(
                    "SELECT statements FROM tidings_migrations WHERE name = \(migration.name)")
                if let done = try done.first?.value("statements", as: String.self) {
                    guard done == text else { throw migration.changedError }
                    return
                }
                for statement in statements { try connection.execute(statement) }
                try connection.execute(
                    """
                    INSERT INTO tidings_migrations (name, statements, applied_at)
                    VALUES (\(migration.name), \(text), \(now))
                    """)
            }
        }
    }
}
