package import Tidings
import TidingsRouting

/// What of the alarms' records a restart does not bring back.
struct AlarmRecords: Sendable {
    /// The ordinal of the last record that declared or removed one; 0 if an earlier process wrote it.
    var definedBy: UInt64 = 0
    /// The alarms that were raised or cleared while the log had no room to say so.
    var unwritten: Set<ByteText> = []
}

extension BrokerState {
    /// The record that makes an alarm as it is declared; nil if it is so already.
    package func proposeAlarm(
        _ alarm: QueueAlarm, at now: Timestamp
    ) throws(TidingsError) -> BrokerRecord.Alarm? {
        try checkOpen()
        try alarm.validate()
        let known = durable.alarms[alarm.name]
        guard known != nil || durable.alarms.count < AlarmTable.limit else {
            throw TidingsError(.overloaded, "the bus has \(AlarmTable.limit) alarms, which is the most it can have")
        }
        if let known = known?.alarm, known.watchesLike(alarm),
            ByteText(known.description) == ByteText(alarm.description)
        {
            return nil
        }
        return BrokerRecord.Alarm(name: alarm.name, time: now, alarm: alarm)
    }

    /// The record that removes an alarm; nil if there is none of this name.
    package func proposeRemoval(ofAlarm name: String, at now: Timestamp) throws(TidingsError) -> BrokerRecord.Alarm? {
        try checkOpen()
        return durable.alarms[name] == nil ? nil : BrokerRecord.Alarm(name: name, time: now, alarm: nil)
    }

    /// - Returns: Whether the alarm was raised and is not any more.
    package mutating func commit(_ alarm: BrokerRecord.Alarm, _ record: StagedRecord) -> Bool {
        alarmRecords.definedBy = record.ordinal
        let before = durable.alarms[alarm.name]
        durable.alarms.set(alarm)
        if let before, let now = alarm.alarm, before.alarm.watchesLike(now) { return false }
        // What waits for room would be of the alarm as it was.
        alarmRecords.unwritten.remove(ByteText(alarm.name))
        return before?.isRaised ?? false
    }

    /// An alarm is raised or cleared: at once, whether or not there is room to record it, for somebody has been told.
    /// - Parameter alarm: As it was looked at.
    mutating func change(_ alarm: QueueAlarm, isRaised: Bool, at now: Timestamp) throws(TidingsError) {
        try checkOpen()
        guard let entry = durable.alarms[alarm.name], entry.alarm.watchesLike(alarm), entry.isRaised != isRaised else {
            return
        }
        durable.alarms.set(BrokerRecord.AlarmChange(name: alarm.name, time: now, isRaised: isRaised))
        alarmRecords.unwritten.insert(ByteText(alarm.name))
    }

    /// A record of an alarm that was raised or cleared and not recorded; nil if there is none.
    var firstUnwrittenAlarm: BrokerRecord.AlarmChange? {
        alarmRecords.unwritten.first.flatMap { name in
            durable.alarms[name.string].map {
                BrokerRecord.AlarmChange(name: name.string, time: $0.since, isRaised: $0.isRaised)
            }
        }
    }

    /// The log has accepted a record of an alarm.
    mutating func removeUnwritten(_ change: BrokerRecord.AlarmChange) {
        alarmRecords.unwritten.remove(ByteText(change.name))
    }

    // MARK: Looking

    /// All queues, consumer groups and archives, as far as alarms have to know them.
    var watchedQueues: [WatchedQueue] {
        groupIDs.map { id in
            WatchedQueue(id: id, name: groups[id].durable.name, role: groups[id].durable.role)
        }
    }

    /// A measure of a queue, as alarms compare it; nil if the queue was removed.
    ///
    /// Of failures, how many there were ever, but for those before the bus was opened that did not end in a death.
    func measure(_ kind: QueueAlarm.Condition.Kind, of group: GroupID, at now: Timestamp) -> Int64? {
        guard groups.contains(group) else { return nil }
        let queue = groups[group].durable
        switch kind {
        case .deadLetters, .backlog: return Int64(readyCount(of: group))
        case .oldestAge: return max(0, age(of: group, at: now).wholeMicroseconds)
        case .failuresPerMinute:
            return Int64(queue.counts[.movedOut]) + Int64(groups[group].live.repeatedReceives)
        case .unbalancedLedger: return (try? ledger(of: group))?.isBalanced == false ? 1 : 0
        }
    }

    /// How many events are looked at for the oldest one, at most, behind those that replays and redrives have brought.
    private static let ageLimit = 1000

    /// For how long the oldest event of a queue is there that does not have to wait: since it was published or its time came,
    /// or since it was brought. Zero if there is none, and if no time is believed.
    private func age(of group: GroupID, at now: Timestamp) -> Duration {
        let queue = groups[group].durable
        var oldest: Timestamp?
        var next = nextReady(in: group, from: 0)
        for _ in 0..<Self.ageLimit {
            guard let sequence = next, sequence <= lastShown else { break }
            if let brought = queue.broughtTime(of: sequence) {
                if brought.isBelievable(at: now) { oldest = min(oldest ?? brought, brought) }
            } else {
                // Those behind it that were published are younger, about.
                let published = publishedTime(of: sequence, in: groups[group].live.window)
                let time = max(published, queue.delays.due(of: sequence) ?? published)
                if let time = believed(time, of: sequence, at: now) { oldest = min(oldest ?? time, time) }
                break
            }
            next = nextReady(in: group, from: sequence + 1)
        }
        return oldest.map { now - $0 } ?? .zero
    }
}

extension QueueState {
    /// What it is, as far as alarms have to know.
    fileprivate var role: WatchedQueue.Role {
        if isArchive { return .archive }
        guard let declaration else { return .group }
        return declaration.deadLetters.map { .queue(deadLetters: $0) } ?? .deadLetters
    }
}
