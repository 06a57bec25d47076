extension SagaInstances {
    /// A saga that does not move.
    struct Stuck {
        enum Reason {
            /// A compensation of it was given up.
            case compensation
            /// Its time-out seems to kill the service, and was given up.
            case killer
            /// Its time-out fails, because it cannot be read or its transition throws.
            case failing
            /// Its time-out was due and was not run.
            case overdue
        }

        let consumer: String
        let saga: String
        let id: String
        let stage: String?
        let since: Timestamp
        let reason: Reason
    }

    /// The sagas whose time-outs were due before a moment, or fail, or that wait for a person.
    static func stuck(dueBefore moment: Timestamp, in connection: any DatabaseConnection) throws -> [Stuck] {
        // Two statements, each by an index of those it may be about: sagas that are over may be many.
        let columns: SQLStatement = "consumer, saga, id, stage, status, wake_at, stuck_since"
        let noted = try connection.query(
            """
            SELECT \(columns) FROM tidings_sagas WHERE stuck_since IS NOT NULL
            ORDER BY stuck_since LIMIT \(StuckLimits.count)
            """)
        let overdue = try connection.query(
            """
            SELECT \(columns) FROM tidings_sagas
            WHERE wake_at IS NOT NULL AND wake_at < \(moment) AND stuck_since IS NULL
            ORDER BY wake_at LIMIT \(StuckLimits.count)
            """)
        return try (noted + overdue).map(Stuck.init)
    }
}

extension SagaInstances.Stuck {
    fileprivate init(_ row: SQLRow) throws {
        let (noted, due) = (
            try row.value("stuck_since", as: Timestamp?.self), try row.value("wake_at", as: Timestamp?.self)
        )
        let isCompensation = try row.value("status", as: SagaStatus.self) == .stuck
        self.init(
            consumer: try row.value("consumer"), saga: try row.value("saga"), id: try row.value("id"),
            stage: try row.value("stage"), since: try noted ?? row.value("wake_at"),
            reason: isCompensation ? .compensation : noted == nil ? .overdue : due == nil ? .killer : .failing)
    }
}

extension SagaInstances.Row {
    /// Whether its time-out fails, or should have been run.
    func isStuck(at now: Timestamp) -> Bool {
        stuckSince != nil || wakeAt.map { $0 < StuckLimits.due.before(now) } ?? false
    }
}
