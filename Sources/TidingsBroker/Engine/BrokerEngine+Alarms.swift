import Tidings
import TidingsLog

extension BrokerEngine {
    /// Makes an alarm as it is declared; returns once that is durable.
    /// - Returns: Whether it was raised and begins anew, because it watches something else now.
    func declare(_ alarm: QueueAlarm) async throws -> Bool {
        let now = environment.now()
        return try await declareAlarm { try $0.proposeAlarm(alarm, at: now) }
    }

    /// Removes an alarm; returns once that is durable.
    /// - Returns: Whether it was raised.
    func removeAlarm(_ name: String) async throws -> Bool {
        let now = environment.now()
        return try await declareAlarm { try $0.proposeRemoval(ofAlarm: name, at: now) }
    }

    private func declareAlarm(_ propose: (BrokerState) throws -> BrokerRecord.Alarm?) async throws -> Bool {
        let (hasEnded, ordinal) = try step { core in
            guard let declared = try propose(core.state) else { return (false, core.state.alarmRecords.definedBy) }
            let staged = try core.append(declared.encoded(), urgency: .sync)
            return (core.state.commit(declared, staged), staged.ordinal)
        }
        if ordinal > 0 { try await wait(for: ordinal, .durable) }
        return hasEnded
    }

    /// Raises or clears an alarm, and records that as soon as there is room.
    func change(_ alarm: QueueAlarm, isRaised: Bool) throws {
        let now = environment.now()
        try step { core in
            try core.state.change(alarm, isRaised: isRaised, at: now)
            try core.writeUnwrittenAlarms()
        }
    }

    /// Records what alarms there was no room for before.
    func writeUnwrittenAlarms() throws { try step { try $0.writeUnwrittenAlarms() } }

    /// What a queue has received too often is dead, though nobody receives now. A disk without room keeps nobody from looking.
    func buryDeadIfRoom(of queue: GroupID) {
        try? buryDead(of: queue, uptime: environment.time.uptime(), at: environment.now())
    }

    /// The queue whose dead letters another one gets, if both are there.
    func source(ofDeadLettersIn queue: GroupID) -> GroupID? {
        read { $0.groups.contains(queue) ? $0.source(ofDeadLetters: queue) : nil }
    }

    /// The measures of a queue; of one that was removed there are none.
    func measures(_ kinds: [QueueAlarm.Condition.Kind], of queue: GroupID) -> [Int64?] {
        let now = environment.now()
        return read { state in kinds.map { state.measure($0, of: queue, at: now) } }
    }
}

extension BrokerEngine.Core {
    fileprivate mutating func writeUnwrittenAlarms() throws {
        while let change = state.firstUnwrittenAlarm, try appendIfRoom(change.encoded()) {
            state.removeUnwritten(change)
        }
    }
}
