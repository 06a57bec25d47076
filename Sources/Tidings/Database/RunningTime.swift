/// How long services have run on a database: the table `tidings_running_time`, a row for each slot of that time.
///
/// How long something is kept goes by this time: it stands still while nobody runs, and no clock that is set moves it. A
/// slot says how far the inbox had come when it began, and the earliest moment by the wall clock that may have been written
/// down during it. So it can be said of rows with a place or a moment that they are older than some running time. Slots of
/// long ago are joined, so that they are few however much longer one time is than another.
package struct RunningTime: Sendable {
    /// How much time a slot stands for at first.
    let slot: Duration
    /// The longest time that is asked for.
    let reach: Duration
    /// A slot of some time ago stands for no more than that time by this, once it was joined with others.
    private static let fineness = 64

    package init(for policy: RetentionPolicy) {
        let times = [policy.inbox, policy.earlySagas, policy.finishedSagas, policy.deadLetters]
        reach = times.max() ?? .zero
        slot = max((times.min() ?? .zero) / Self.fineness, .seconds(1))
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
        let last = try connection.query("SELECT ended FROM tidings_running_time ORDER BY began DESC LIMIT 1").first
        return .microseconds(try last?.value("ended") ?? 0)
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
        // Once for a number of slots: there are hundreds to be looked at.
        let number = age.microseconds / (16 * slot.microseconds)
        if let last, try last.value("began", as: Int64.self) / (16 * slot.microseconds) == number { return }
        try joinSlots(at: age, in: connection)
    }

    private func joinSlots(at age: Duration, in connection: any DatabaseConnection) throws {
        let slots = try connection.query("SELECT began, ended, earliest FROM tidings_running_time ORDER BY began")
            .map(Slot.init)
        var last: Slot?
        for (slot, next) in zip(slots, slots.dropFirst()) {
            let room = (age.microseconds - next.began) / Int64(Self.fineness)
            guard var joined = last, next.began - joined.began <= room else {
                last = slot
                continue
            }
            (joined.ended, joined.earliest) = (slot.ended, min(joined.earliest, slot.earliest))
            try connection.execute("DELETE FROM tidings_running_time WHERE began = \(slot.began)")
            try connection.execute(
                """
                UPDATE tidings_running_time SET ended = \(joined.ended), earliest = \(joined.earliest)
                WHERE began = \(joined.began)
                """)
            last = joined
        }
    }

    private struct Slot {
        let began: Int64
        var ended: Int64
        var earliest: Timestamp

        init(_ row: SQLRow) throws {
            (began, ended, earliest) = (
                try row.value("began"), try row.value("ended"), try row.value("earliest")
            )
        }
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
