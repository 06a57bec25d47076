import Logging
import Testing
import Tidings
import TidingsTesting

/// A database with short times, whose maintenance a test runs turn by turn.
struct Keeper: Sendable {
    static let policy = RetentionPolicy(
        inbox: .seconds(100), earlySagas: .seconds(50), finishedSagas: .seconds(200), deadLetters: .seconds(300))

    let bench: Bench
    let database: ServiceDatabase
    let maintenance: DatabaseMaintenance
    let log = Notes()

    /// Opens the database of a bench once more, as another process does.
    init(_ bench: Bench, retention: RetentionPolicy = policy) async throws {
        self.bench = bench
        database = try await ServiceDatabase(
            try await bench.engine(), service: "shop", source: "/shop", retention: retention,
            environment: bench.environment)
        maintenance = DatabaseMaintenance(
            of: database, logger: Logger(label: "test") { [log] _ in NotingLogHandler(log) })
        try await maintenance.turn()
    }

    /// Lets time pass, with a turn every five seconds.
    func pass(_ seconds: Int) async throws {
        for _ in 0..<(seconds / 5) {
            bench.clock.advance(by: .seconds(5))
            try await maintenance.turn()
        }
    }

    /// Enters an event in the inbox.
    /// - Returns: whether it is new.
    @discardableResult
    func claim(_ id: EventID) async throws -> Bool {
        let event = try bench.envelope(of: Placed(order: "o"), id: id)
        return try await database.transaction {
            try Inbox(consumer: "stock").claim([event], at: $0.now, in: $0) == [true]
        }
    }

    func record(outcomeOf id: EventID) async throws {
        let event = try bench.envelope(of: Placed(order: "o"), id: id)
        try await database.transaction {
            try EffectOutcomes(consumer: "stock").record(EventBytes("1"), of: event, at: $0.now, in: $0)
        }
    }

    func addDeadLetter(_ id: EventID) async throws {
        let event = try bench.envelope(of: Placed(order: "o"), id: id)
        try await database.transaction {
            let failure = ParkedEvents.Failure(error: Unhappy(), handler: "On(Placed)", attempts: 1, retryAt: nil)
            try ParkedEvents(consumer: "stock", afterDeadLetter: .continue, types: [])
                .insert(event, key: nil, failedWith: failure, at: $0.now, in: $0)
        }
    }

    /// Adds a saga with two lines of history.
    func add(saga id: String, _ status: SagaStatus, early: [Envelope] = []) async throws {
        try await database.transaction { transaction in
            let now = transaction.now
            var journal = SagaJournal()
            journal.early = early.map(\.json)
            journal.historyCount = 2
            let row = SagaInstances.Row(
                status: status, stage: nil, stateVersion: 2, state: nil, journal: journal, wakeAt: nil,
                startedAt: now, updatedAt: now)
            let line = SagaHistoryEntry(at: now, what: "something", eventID: nil, from: nil, to: nil)
            try SagaInstances(of: "trips", "Trip")
                .save(row, of: id, over: nil, history: [line, line], in: transaction)
        }
    }

    /// How many rows there are: in the inbox, of outcomes, of sagas, of their history, of dead letters.
    func counts() async throws -> [Int] {
        var counts: [Int] = []
        for table in ["inbox", "effects", "sagas", "saga_history", "parked"] {
            counts.append(try await bench.count("tidings_\(table)"))
        }
        return counts
    }
}

/// Notes each line as its level, its message and its metadata.
struct NotingLogHandler: LogHandler {
    let notes: Notes
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ notes: Notes) {
        self.notes = notes
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        notes.add("\(event.level) \(event.message)\(metadata)")
    }
}
