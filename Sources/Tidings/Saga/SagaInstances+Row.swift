extension SagaInstances {
    /// A saga as its row holds it: the state as JSON, unread.
    package struct Row: Sendable {
        package var status: SagaStatus
        package var stage: String?
        package var stateVersion: Int
        package var state: EventBytes?
        package var journal: SagaJournal
        package var wakeAt: Timestamp?
        package var startedAt: Timestamp
        package var updatedAt: Timestamp
        /// How often in a row its time-out was begun and not ended.
        package var begun = 0
        /// Since when it waits for a person, or cannot be woken; `nil` if it does not.
        package var stuckSince: Timestamp?
        /// The number of the row in its table, which counts sagas in the order in which they began; `nil` until it is kept.
        package fileprivate(set) var place: Int64?

        /// Whether its time-outs are left to a person, because they seem to kill the service.
        package var isGivenUp: Bool { begun >= SagaInstances.conviction && wakeAt == nil }

        /// Since when it is over; `nil` if it is not.
        var overAt: Timestamp? { status.isOver ? updatedAt : nil }

        /// When the last event came for it, if it was not started.
        var earlyAt: Timestamp? { status == .early ? updatedAt : nil }

        package init(
            status: SagaStatus, stage: String?, stateVersion: Int, state: EventBytes?, journal: SagaJournal,
            wakeAt: Timestamp?, startedAt: Timestamp, updatedAt: Timestamp
        ) {
            self.status = status
            self.stage = stage
            self.stateVersion = stateVersion
            self.state = state
            self.journal = journal
            self.wakeAt = wakeAt
            self.startedAt = startedAt
            self.updatedAt = updatedAt
        }
    }
}

extension SagaInstances.Row {
    init(_ row: SQLRow) throws {
        self.init(
            status: try row.value("status"), stage: try row.value("stage"),
            stateVersion: try row.value("state_version"),
            state: try row.value("state", as: String?.self).map { EventBytes($0) },
            journal: try SagaJournal(binary: row.bytes("journal")), wakeAt: try row.value("wake_at"),
            startedAt: try row.value("started_at"),
            updatedAt: try row.value("updated_at"))
        begun = try row.value("begun")
        stuckSince = try row.value("stuck_since")
        place = try row.value("place")
    }
}
