/// A running transaction: read, write, and publish. It must not leave the body that was given it.
public final class Transaction: DatabaseConnection {
    let connection: any DatabaseConnection
    private let database: Database
    /// The trace in which what is published stands.
    private let trace: TraceContext?
    /// The event that is being handled, if one is: what is published has it as its cause.
    public internal(set) var cause: Envelope?
    /// What waits for the end of the transaction.
    private(set) var outbox: [Envelope] = []

    init(_ connection: any DatabaseConnection, database: Database, trace: TraceContext?) {
        self.connection = connection
        self.database = database
        self.trace = trace
    }

    /// The moment now.
    public var now: Timestamp { database.environment.now() }

    /// The `source` of what is published here.
    var source: String { database.source }

    /// A new identifier that sorts after the ones made before it.
    public func makeID() -> EventID { database.environment.makeID() }

    /// Runs a statement and says how many rows it changed.
    /// - Throws: ``TidingsError`` with code `statement` or `unavailable`. The transaction goes on after `statement`.
    @discardableResult
    public func execute(_ statement: SQL) throws -> Int {
        try connection.execute(statement)
    }

    /// Runs one statement for each row of values and says how many rows each changed. `?` stands for a value.
    @discardableResult
    public func execute(_ text: StaticString, forEach rows: [[SQLValue]]) throws -> [Int] {
        guard !rows.isEmpty else { return [] }
        return try connection.execute(text, forEach: rows)
    }

    /// Runs a statement and returns its rows.
    public func query(_ statement: SQL) throws -> [SQLRow] {
        try connection.query(statement)
    }

    /// Runs a body whose writes and publications are undone when it throws.
    public func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
        let count = outbox.count
        do {
            return try connection.savepoint(body)
        } catch {
            outbox.removeSubrange(count...)
            throw error
        }
    }

    /// Publishes an event when the transaction commits.
    ///
    /// Its correlation is that of the event being handled, or its own id where none is; its cause is that event. An
    /// event that can be lowered is published in its older forms too.
    /// - Parameter correlationID: what the conversation belongs together by, where it is known from elsewhere.
    /// - Returns: the identity of the event.
    /// - Throws: where the event cannot be encoded, or is larger than a bus takes.
    @discardableResult
    public func publish(_ event: some Event, correlationID: String? = nil) throws -> EventID {
        let envelope = try envelope(of: event, correlationID: correlationID, twinOf: nil)
        try publish(envelope)
        for lowered in try event.loweredForms() {
            try publish(self.envelope(of: lowered, correlationID: envelope.correlationID, twinOf: envelope.id))
        }
        return envelope.id
    }

    /// Publishes an envelope when the transaction commits.
    /// - Throws: ``TidingsError`` with code `invalid` for what no bus would ever take: what stands behind it in the
    ///   outbox would wait for ever.
    func publish(_ envelope: Envelope) throws {
        try envelope.validate()
        try BusLimits.check(batchOf: 1, bytes: envelope.binaryByteCount)
        outbox.append(envelope)
    }

    private func envelope(of event: some Event, correlationID: String?, twinOf: EventID?) throws -> Envelope {
        let id = makeID()
        return Envelope(
            id: id, source: database.source, type: type(of: event).type, subject: event.subject, time: now,
            correlationID: correlationID ?? cause?.correlationID ?? cause?.id.rawValue ?? id.rawValue,
            causationID: cause?.id, trace: trace ?? cause?.trace,
            extensions: twinOf.map { [Envelope.twinAttribute: $0.rawValue] } ?? [:],
            data: try EventCoding.encode(event))
    }

    /// Writes what was published into the outbox table; the last thing a transaction does.
    /// - Returns: whether there was anything.
    func writeOutbox() throws -> Bool {
        guard !outbox.isEmpty else { return false }
        try connection.execute(
            "INSERT INTO tidings_outbox (event_id, event_type, envelope) VALUES (?, ?, ?)",
            forEach: outbox.map { [$0.id.sqlValue, $0.type.sqlValue, .blob($0.binary())] })
        return true
    }
}
