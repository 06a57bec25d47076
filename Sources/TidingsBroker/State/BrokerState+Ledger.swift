package import Tidings
import TidingsRouting

extension BrokerState {
    /// How many events of a group are ready, and how many in flight.
    package func depth(of group: GroupID) throws(TidingsError) -> QueueDepth {
        try checkOpen()
        try check(group)
        let (queue, window) = (groups[group].durable, groups[group].live.window)
        let unshown = queue.unsettled.count(in: staged)
        return QueueDepth(
            pending: queue.unsettled.count - window.outstandingCount - unshown
                - groups[group].live.unreadable.count, inFlight: window.outstandingCount,
            oldest: oldest(of: queue, window))
    }

    /// When the oldest event was published; that of the mark before it if the event is not in memory.
    private func oldest(of queue: QueueState, _ window: DeliveryQueue) -> Timestamp? {
        guard let first = queue.unsettled.first, first <= lastShown else { return nil }
        if let oldest = window.oldest, oldest.sequence == first { return oldest.batch.time }
        return durable.marks.index(before: first).map { durable.marks[$0].time } ?? durable.lastTime
    }

    /// Counts a group's events one by one.
    package func ledger(of group: GroupID) throws(TidingsError) -> QueueLedger {
        try check(group)
        let (queue, live) = (groups[group].durable, groups[group].live)
        var pending = 0
        var inFlight = 0
        live.window.forEachPending { _ in pending += 1 }
        live.window.forEachOutstanding { _ in inFlight += 1 }
        // In the log, or on their way there.
        pending +=
            live.absent.map { $0.countedMembers + queue.unsettled.count(in: staged) }
            ?? queue.unsettled.count - live.unreadable.count
        return QueueLedger(
            queue.counts, pending: pending, inFlight: inFlight, unreadable: live.unreadable.count,
            unsettled: queue.unsettled.countedMembers)
    }

    /// A group for which events have waited for long and that nobody consumes; `nil` for another, and if it was removed.
    func unread(_ group: GroupID, at now: Timestamp, _ options: EmbeddedOptions) -> UnreadGroup? {
        guard groups.contains(group), groups[group].durable.pattern != nil, !groups[group].durable.isArchive,
            groups[group].live.members == 0, let oldest = try? depth(of: group).oldest,
            let first = groups[group].durable.unsettled.first, let since = believed(oldest, of: first, at: now),
            now - since > options.unreadAlarm
        else { return nil }
        let queue = groups[group].durable
        return UnreadGroup(queue.name, count: queue.unsettled.count, oldest: oldest)
    }

    /// Since when an event waits: its time, unless that is ahead of the clock and something later tells more; nil if
    /// nothing does.
    private func believed(_ time: Timestamp, of sequence: UInt64, at now: Timestamp) -> Timestamp? {
        if time.isBelievable(at: now) { return time }
        return durable.marks.time(after: sequence, at: now) ?? (sequence < opened.before ? opened.at : nil)
    }

    /// Says that the log holds times that are not believed, if it does.
    func alarmOfTimes(at now: Timestamp) -> String? {
        let last = durable.lastTime.isBelievable(at: now) ? nil : durable.lastTime
        return [durable.marks.latestAhead(at: now), last].compactMap(\.self).max().map { latest in
            "the log holds events that are dated up to \(latest), ahead of the clock, which says \(now): one of the two is "
                + "wrong. Their order is right, and nothing else depends on their times; set the clock if it is wrong now"
        }
    }

    /// What an operator should look at in a group; nothing if it was removed.
    func alarms(of group: GroupID, at now: Timestamp, _ options: EmbeddedOptions) -> [String] {
        // Event logs have alarms of their own.
        guard groups.contains(group), !durable.eventLogs.contains(group) else { return [] }
        let queue = groups[group].durable
        var alarms: [String] = []
        let oldest = try? depth(of: group).oldest
        let since = oldest.map { " since \($0)" } ?? ""
        if !queue.isArchive, queue.unsettled.count > options.backlogAlarm {
            alarms.append("group \(queue.name) has \(queue.unsettled.count) events that are not done\(since)")
        }
        if let alarm = alarmOfUnreadable(group) { alarms.append(alarm) }
        if let unread = unread(group, at: now, options) {
            alarms.append(
                "nobody consumes group \(unread.name), for which \(unread.count) events wait\(since); remove the group if "
                    + "it is no longer used")
        }
        if let ledger = try? ledger(of: group), !ledger.isBalanced {
            alarms.append("the counts of group \(queue.name) do not add up: \(ledger)")
        }
        return alarms
    }

    /// Lets a group lose an event that is ready, for a test that sees the alarm.
    mutating func lose(_ sequence: UInt64, of name: String) {
        guard let group = durable.groupByName[ByteText(name)] else { return }
        let window = groups[group].live.window
        var rest = DeliveryQueue(takes: window.takeCount)
        window.forEachPending { entry in if entry.sequence != sequence { rest.add(entry) } }
        groups[group].live.window = rest
    }
}
