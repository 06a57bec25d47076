/// How long services have run on a database: the table `tidings_running_time`, a row for each slot of that time.
///
/// How long something is kept goes by this time: it stands still while nobody runs, and no clock that is set moves it. A
/// slot says how far the inbox had come when it began, and the earliest moment by the wall clock that may have been written
/// down during it. So it can be said of rows with a place or a moment that they are older than some running time.
package struct RunningTime: Sendable {
    /// How much time a slot stands for.
    let slot: Duration
    /// The longest time that is asked for.
    let reach: Duration

    package init(for policy: RetentionPolicy) {
        let times = [policy.inbox, policy.earlySagas, policy.finishedSagas, policy.deadLetters]
        reach = times.max() ?? .zero
        slot = max((times.min() ?? .zero) / 64, reach / 4096, .seconds(1))
    }

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE tidings_running_time (
                began BIGINT PRIMARY KEY, ended BIGINT NOT NULL, earliest BIGINT NOT NULL, inbox BIGINT NOT NULL)
            """
        ]
    }

    /// The running time that was noted last; zero if none was.
    package static func last(in connection: any DatabaseConnection) throws -> Duration {
        .microseconds(
            try connection.query("SELECT COALESCE(MAX(ended), 0) AS age FROM tidings_running_time")[0].value("age"))
    }

    /// Notes how much running time has passed.
    /// - Parameters:
    ///   - age: the running time; not less than the last.
    ///   - earliest: the earliest moment by the wall clock since the last note.
    ///   - place: the last place of the inbox.
    package func note(
        _ age: Duration, earliest: Timestamp, inbox place: Int64, in connection: any DatabaseConnection
    ) throws {
        let last = try connection.query(
            "SELECT began, earliest FROM tidings_running_time ORDER BY began DESC LIMIT 1"
        ).first
        if let last, age - .microseconds(try last.value("began", as: Int64.self)) < slot {
            try connection.execute(
                """
                UPDATE tidings_running_time
                SET ended = \(age.microseconds), earliest = \(min(earliest, try last.value("earliest")))
                WHERE began = \(try last.value("began", as: Int64.self))
                """)
            return
        }
        try connection.execute(
            """
            INSERT INTO tidings_running_time (began, ended, earliest, inbox)
            VALUES (\(age.microseconds), \(age.microseconds), \(earliest), \(place))
            """)
        try connection.execute(
            """
            DELETE FROM tidings_running_time WHERE began < (
                SELECT MAX(began) FROM tidings_running_time WHERE began <= \((age - reach).microseconds))
            """)
    }

    /// The moment before which whatever is written down is older than some running time; `nil` while services have not run
    /// for so long.
    package static func moment(
        _ time: Duration, before age: Duration, in connection: any DatabaseConnection
    ) throws -> Timestamp? {
        guard try place(time, before: age, in: connection) != nil else { return nil }
        return try connection.query(
            """
            SELECT MIN(earliest) AS moment FROM tidings_running_time WHERE ended >= \((age - time).microseconds)
            """)[0].value("moment")
    }

    /// The place up to which the inbox is older than some running time; `nil` while services have not run for so long.
    package static func place(
        _ time: Duration, before age: Duration, in connection: any DatabaseConnection
    ) throws -> Int64? {
        try connection.query(
            "SELECT MAX(inbox) AS place FROM tidings_running_time WHERE began <= \((age - time).microseconds)"
        )[0].value("place")
    }

    /// The place up to which the inbox is older than a moment by the wall clock; `nil` if that is not known.
    package static func place(before moment: Timestamp, in connection: any DatabaseConnection) throws -> Int64? {
        try connection.query("SELECT MAX(inbox) AS place FROM tidings_running_time WHERE earliest < \(moment)")[0]
            .value("place")
    }
}
