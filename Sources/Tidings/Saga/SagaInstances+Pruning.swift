extension SagaInstances {
    /// Removes sagas that were over before a moment, with their histories, the oldest first.
    /// - Returns: how many went; `limit` means that there may be more.
    package static func prune(
        before horizon: Timestamp, limit: Int, in connection: any DatabaseConnection
    ) throws -> Int {
        try remove(
            """
            over_at < \(horizon) AND place IN (
                SELECT place FROM tidings_sagas WHERE over_at < \(horizon) ORDER BY over_at LIMIT \(limit))
            """, in: connection
        ).count
    }

    /// How far the early sagas were looked through.
    package typealias EarlyPlace = (earlyAt: Timestamp, place: Int64)

    /// What became of some early sagas.
    package struct Ended: Sendable {
        /// How many events became dead letters.
        package var letters = 0
        /// Of how many sagas.
        package var sagas = 0
        /// The last saga that was looked at; `nil` if there was none.
        package var last: EarlyPlace?
    }

    /// Makes dead letters of the events of sagas that were not started, and removes those sagas. One that cannot be read
    /// stays.
    /// - Parameters:
    ///   - horizon: only of those whose last event came before this moment.
    ///   - last: only of those behind this one.
    package static func endEarly(
        before horizon: Timestamp, after last: EarlyPlace?, limit: Int, at now: Timestamp,
        in connection: any DatabaseConnection
    ) throws -> Ended {
        let behind: SQLStatement = last.map { "AND (early_at, place) > (\($0.earlyAt), \($0.place))" } ?? ""
        let rows = try connection.query(
            """
            SELECT place, consumer, saga, id, journal, early_at FROM tidings_sagas
            WHERE early_at < \(horizon) \(behind) ORDER BY early_at, place LIMIT \(limit)
            """)
        var ended = Ended()
        var readable: [Int64: (row: SQLRow, events: [Envelope])] = [:]
        for row in rows {
            let place: Int64 = try row.value("place")
            ended.last = (try row.value("early_at"), place)
            if let events = try? earlyEvents(of: row) { readable[place] = (row, events) }
        }
        guard !readable.isEmpty else { return ended }
        // What is started just now is not early any more.
        let places = try remove("early_at IS NOT NULL AND place IN (\(list: Array(readable.keys)))", in: connection)
        for (row, events) in places.sorted().compactMap({ readable[$0] }) {
            try giveUp(events, of: row, at: now, in: connection)
            ended.letters += events.count
        }
        ended.sagas = places.count
        return ended
    }

    private static func earlyEvents(of row: SQLRow) throws -> [Envelope] {
        try SagaJournal(binary: row.bytes("journal")).early.map { try Envelope(json: $0) }
    }

    /// Makes dead letters of the events of a saga that was not started.
    private static func giveUp(
        _ events: [Envelope], of row: SQLRow, at now: Timestamp, in connection: any DatabaseConnection
    ) throws {
        let (saga, id) = (try row.value("saga", as: String.self), try row.value("id", as: String.self))
        let parked = ParkedEvents(consumer: try row.value("consumer"), afterDeadLetter: .continue, types: [])
        for event in events {
            let failure = ParkedEvents.Failure(
                error: NotRetryable("the \(saga) \(id) that it is for was never started"),
                handler: "SagaHandler(\(saga), \(event.type))", attempts: 1, retryAt: nil)
            // It holds up nothing: it was handled in its turn, and the start of its saga may still come.
            try parked.insert(event, key: nil, failedWith: failure, at: now, in: connection)
        }
    }

    /// Removes sagas with their histories.
    /// - Returns: their places.
    private static func remove(
        _ condition: SQLStatement, in connection: any DatabaseConnection
    ) throws -> [Int64] {
        let places = try connection.query("DELETE FROM tidings_sagas WHERE \(condition) RETURNING place").map {
            try $0.value("place", as: Int64.self)
        }
        guard !places.isEmpty else { return [] }
        try connection.execute("DELETE FROM tidings_saga_history WHERE saga IN (\(list: places))")
        return places
    }
}
