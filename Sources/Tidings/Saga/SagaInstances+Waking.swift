extension SagaInstances {
    /// A saga that is due, and how often in a row its time-out was begun and not ended: the process has died.
    package typealias Due = (place: Int64, id: String, begun: Int)

    /// The first sagas that are due, and when the next one is.
    package func due(
        atMost limit: Int, at now: Timestamp, in connection: any DatabaseConnection
    ) throws -> (sagas: [Due], next: Timestamp?) {
        let rows = try connection.query(
            """
            SELECT place, id, wake_at, begun FROM tidings_sagas
            WHERE consumer = \(consumer) AND saga = \(saga) AND wake_at IS NOT NULL
            ORDER BY wake_at LIMIT \(limit + 1)
            """
        ).map { row in
            let saga: Due = (try row.value("place"), try row.value("id"), try row.value("begun"))
            return (saga: saga, wakeAt: try row.value("wake_at", as: Timestamp.self))
        }
        return (rows.prefix(limit).filter { $0.wakeAt <= now }.map(\.saga), rows.first { $0.wakeAt > now }?.wakeAt)
    }

    /// Notes that the time-outs of some sagas are begun. Saving a saga ends them.
    package static func begin(_ places: [Int64], in connection: any DatabaseConnection) throws {
        try connection.execute("UPDATE tidings_sagas SET begun = begun + 1 WHERE place IN (\(list: places))")
    }

    /// Notes that the time-outs of some sagas were begun for nothing: the process lives.
    package static func unbegin(_ places: [Int64], in connection: any DatabaseConnection) throws {
        try connection.execute(
            "UPDATE tidings_sagas SET begun = begun - 1 WHERE begun > 0 AND place IN (\(list: places))")
    }

    /// Leaves the time-outs of a saga to a person. Events go on.
    package static func giveUp(_ place: Int64, at now: Timestamp, in connection: any DatabaseConnection) throws {
        try connection.execute(
            "UPDATE tidings_sagas SET wake_at = NULL, stuck_since = \(now) WHERE place = \(place)")
    }

    /// Sets when a saga is looked at next that could not be woken.
    package static func postpone(
        _ place: Int64, at now: Timestamp, until moment: Timestamp, in connection: any DatabaseConnection
    ) throws {
        try connection.execute(
            """
            UPDATE tidings_sagas
            SET wake_at = \(moment), begun = 0, stuck_since = COALESCE(stuck_since, \(now)) WHERE place = \(place)
            """)
    }

    /// When the next saga of any kind is due.
    package static func nextDue(in connection: any DatabaseConnection) throws -> Timestamp? {
        try connection.query("SELECT MIN(wake_at) AS next FROM tidings_sagas WHERE wake_at IS NOT NULL")[0].value(
            "next")
    }
}
