extension SagaInstances {
    /// A saga that does not move.
    struct Stuck {
        let consumer: String
        let saga: String
        let id: String
        let stage: String?
        let since: Timestamp
        /// Whether a compensation of it was given up, rather than its time-out.
        let isCompensation: Bool
        /// Whether its time-outs were given up, because they seem to kill their service.
        let isGivenUp: Bool
    }

    /// The sagas whose time-outs were due before a moment, or that wait for a person.
    static func stuck(dueBefore moment: Timestamp, in connection: any DatabaseConnection) throws -> [Stuck] {
        let isGivenUp: SQLStatement = "(begun >= \(conviction) AND wake_at IS NULL)"
        return try connection.query(
            """
            SELECT consumer, saga, id, stage, status, wake_at, updated_at, \(isGivenUp) AS given_up FROM tidings_sagas
            WHERE status = \(SagaStatus.stuck) OR (wake_at IS NOT NULL AND wake_at < \(moment)) OR \(isGivenUp)
            ORDER BY updated_at LIMIT \(StuckLimits.count)
            """
        ).map { row in
            let isCompensation = try row.value("status", as: SagaStatus.self) == .stuck
            let due = try row.value("wake_at", as: Timestamp?.self)
            return Stuck(
                consumer: try row.value("consumer"), saga: try row.value("saga"), id: try row.value("id"),
                stage: try row.value("stage"),
                since: try isCompensation ? row.value("updated_at") : due ?? row.value("updated_at"),
                isCompensation: isCompensation, isGivenUp: try row.value("given_up", as: Int.self) != 0)
        }
    }
}

extension SagaInstances.Row {
    /// Whether its time-out should have been run.
    func isOverdue(at now: Timestamp) -> Bool { wakeAt.map { $0 < StuckLimits.due.before(now) } ?? false }
}
