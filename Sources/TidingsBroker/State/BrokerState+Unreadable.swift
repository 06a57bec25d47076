import Tidings

extension BrokerState {
    /// Sets aside events of a take that cannot be read. They are out no more, nobody gets them, and they stay unsettled.
    mutating func setAside(
        _ events: [(receipt: Receipt, event: UnreadableEvent)], of group: GroupID, at now: Duration
    ) throws(TidingsError) -> GroupActions {
        try check(group)
        expire(group, uptime: now)
        let settled = groups[group].live.window.settle(events.map { .acknowledge($0.receipt) }, at: now)
        let left = Set(settled.acknowledged)
        for (_, event) in events where left.contains(event.sequence) {
            groups[group].live.unreadable[event.sequence] = event
        }
        return groups[group].wakeAction
    }

    /// The events of a group that are set aside, in order; none if it was removed.
    func unreadable(of group: GroupID) -> [UnreadableEvent] {
        guard groups.contains(group) else { return [] }
        return groups[group].live.unreadable.values.sorted { $0.sequence < $1.sequence }
    }

    /// Gives up the events of a group that are set aside: they count as acknowledged.
    /// - Returns: The record to write, if there are any; once the log has accepted it, ``discard(_:)``.
    func proposeDiscard(of group: GroupID) throws(TidingsError) -> SettlementRecord? {
        try checkOpen()
        try check(group)
        let sequences = SequenceRuns(unreadable(of: group).prefix(Self.outstandingLimit).map(\.sequence))
        guard !sequences.isEmpty else { return nil }
        return SettlementRecord(
            kind: .acknowledge, settled: BrokerRecord.Sequences(group: group, sequences: sequences))
    }

    mutating func discard(_ record: SettlementRecord) {
        let group = record.settled.group
        groups[group].durable.remove(record.settled.sequences, as: .acknowledged)
        for run in record.settled.sequences.runs {
            for sequence in run { groups[group].live.unreadable[sequence] = nil }
        }
    }

    /// What an operator should know of events that are set aside.
    func alarmOfUnreadable(_ group: GroupID) -> String? {
        let events = unreadable(of: group)
        guard let first = events.first else { return nil }
        let others = events.count > 1 ? " and \(events.count - 1) more" : ""
        return
            "group \(groups[group].durable.name) cannot get event \(first.sequence) at \(first.segment):\(first.offset) "
            + "of the log\(others), which cannot be read and are set aside: \(first.reason) Restore the file and open the bus "
            + "again, or give them up by discarding what is unreadable"
    }
}
