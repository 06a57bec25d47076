/// A running transaction: read, write, and publish. It must not leave the body that was given it.
public final class Transaction: DatabaseConnection {
    let connection: any DatabaseConnection
    /// What others may see and ask of it.
    let progress = TransactionProgress()
    private let database: ServiceDatabase
    /// The trace in which what is published stands.
    private let trace: TraceContext?
    /// The event that is being handled, if one is: what is published has it as its cause.
    public internal(set) var handledEvent: Envelope? {
        didSet { progress.event = handledEvent }
    }
    /// What is published at the end of the transaction, and when it is due if that is later.
    private var published: [(event: Envelope, due: Timestamp?)] = []

    /// The first end of the time-outs that were set, for each alarm; told once they are committed.
    private var timeouts: [ObjectIdentifier: (alarm: TimerAlarm, end: Timestamp)] = [:]

    /// What the database itself threw, if it is not available. Whatever its handler then throws, it is an outage.
    private(set) var outage: TidingsError?
    /// Events that a saga had kept until it was started and then refused, with why; they are parked.
    var refusedEvents: [(event: Envelope, error: any Error)] = []

    init(_ connection: any DatabaseConnection, database: ServiceDatabase, trace: TraceContext?) {
        self.connection = connection
        self.database = database
        self.trace = trace
    }

    /// The present moment of the runtime environment, which a test may set; it advances during the transaction.
    public var now: Timestamp { database.environment.now() }

    /// How long services have run on the database: what says how old something is that is kept for some time.
    package var runningTime: Duration {
        get throws {
            let uptime = database.environment.time.uptime()
            return database.maintenance.age(after: try RunningTime.last(in: self), at: uptime)
        }
    }

    /// A new identifier that sorts after the ones made before it in this environment. Unique across processes.
    public func makeID() -> EventID { database.environment.makeID() }

    /// Runs a statement and says how many rows it changed.
    /// - Throws: ``TidingsError`` with code `statement` or `unavailable`. The transaction goes on after `statement`.
    @discardableResult
    public func execute(_ statement: SQLStatement) throws -> Int {
        try noting { try connection.execute(statement) }
    }

    /// Runs one statement for each row of values and says how many rows each changed. Each `?` stands for one value, in
    /// order. Without rows nothing is run.
    /// - Throws: ``TidingsError`` with code `statement` or `unavailable`; rows before the one that failed stay changed.
    @discardableResult
    public func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
        guard !rows.isEmpty else { return [] }
        return try noting { try connection.execute(text, forEach: rows) }
    }

    /// Runs a statement and returns its rows, all of them in memory.
    /// - Throws: ``TidingsError`` with code `statement` or `unavailable`.
    public func query(_ statement: SQLStatement) throws -> [SQLRow] {
        try noting { try connection.query(statement) }
    }

    /// Runs a body whose writes and publications are undone if it throws. The transaction goes on.
    /// - Throws: what the body throws.
    public func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
        let count = published.count
        do {
            return try connection.savepoint(body)
        } catch {
            published.removeSubrange(count...)
            throw error
        }
    }

    private func noting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            try progress.check()
            return try body()
        } catch let error as TidingsError where error.isOutage {
            // What the database says of a statement that was interrupted.
            try progress.check()
            outage = error
            throw error
        }
    }

    /// Publishes an event when the transaction commits.
    ///
    /// Its correlation is that of the event being handled, or its own id if none is; its cause is that event. An event
    /// that can be lowered is published in its older forms too.
    /// - Parameter correlationID: what the conversation belongs together by, if it is known from elsewhere.
    /// - Returns: the identity of the event.
    /// - Throws: ``TidingsError`` with code `invalid` if the event is larger than a bus takes or has a subject that no
    ///   event may have; what encoding the event throws.
    @discardableResult
    public func publish(_ event: some Event, correlationID: String? = nil) throws -> EventID {
        try publish(EncodedEvent(event), at: nil, correlationID: correlationID)
    }

    /// Publishes an event some time after the transaction commits.
    ///
    /// It waits in the database, on every bus, and survives restarts. It comes after everything that was published before
    /// it is due, and its time is the moment when it is due.
    /// - Parameters:
    ///   - delay: how long it waits, by the wall clock; at once if it is not positive.
    ///   - correlationID: what the conversation belongs together by, if it is known from elsewhere.
    /// - Returns: the identity of the event.
    /// - Throws: what ``publish(_:correlationID:)`` throws.
    @discardableResult
    public func publish(_ event: some Event, after delay: Duration, correlationID: String? = nil) throws -> EventID {
        try publish(event, at: now + delay, correlationID: correlationID)
    }

    /// Publishes an event at a moment, or when the transaction commits if the moment has passed. See
    /// ``publish(_:after:correlationID:)``.
    @discardableResult
    public func publish(_ event: some Event, at moment: Timestamp, correlationID: String? = nil) throws -> EventID {
        try publish(EncodedEvent(event), at: moment, correlationID: correlationID)
    }

    /// Publishes an event that is encoded already.
    /// - Parameter moment: when it is due; `nil`, or one that has passed, for when the transaction commits.
    @discardableResult
    func publish(_ event: EncodedEvent, at moment: Timestamp? = nil, correlationID: String? = nil) throws -> EventID {
        let id = makeID()
        let moment = moment.flatMap { $0 > now ? $0 : nil }
        let correlationID = correlationID ?? handledEvent?.correlationID ?? handledEvent?.id.rawValue ?? id.rawValue
        func add(_ event: EncodedEvent, as id: EventID, twinOf original: EventID?) throws {
            let envelope = event.envelope(
                id: id, source: database.source, time: moment ?? now, correlationID: correlationID,
                causationID: handledEvent?.id, trace: trace ?? handledEvent?.trace, twinOf: original)
            // What no bus would ever take is refused here: what stands behind it in the outbox would wait for ever.
            try envelope.validate(isValidated: true)
            try BusLimits.check(batchOf: 1, bytes: envelope.binaryByteCount)
            published.append((envelope, moment))
        }
        try add(event, as: id, twinOf: nil)
        for older in event.lowered { try add(older, as: makeID(), twinOf: id) }
        return id
    }

    /// Tells a timer loop of a time-out once it is committed.
    func set(_ alarm: TimerAlarm, for end: Timestamp) {
        let known = timeouts[ObjectIdentifier(alarm)]?.end ?? end
        timeouts[ObjectIdentifier(alarm)] = (alarm, min(known, end))
    }

    /// Writes what was published; the last thing a transaction does.
    /// - Returns: what is to be woken after the commit.
    func finish() throws -> Wakes {
        Wakes(relay: try writePublished(), timeouts: Array(timeouts.values))
    }

    /// What waits for a commit.
    struct Wakes: Sendable {
        /// Whether there is something for the relay.
        let relay: Bool
        let timeouts: [(alarm: TimerAlarm, end: Timestamp)]
    }

    private func writePublished() throws -> Bool {
        guard !published.isEmpty else { return false }
        var scheduled: [(event: Envelope, due: Timestamp)] = []
        var events: [Envelope] = []
        for (event, due) in published {
            if let due { scheduled.append((event, due)) } else { events.append(event) }
        }
        if !events.isEmpty { try Outbox.insert(events, at: now, in: connection) }
        if !scheduled.isEmpty { try ScheduledEvents.insert(scheduled, in: connection) }
        return true
    }
}
