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
                - groups[group].live.unreadable.count - groups[group].live.timer.events.count,
            inFlight: window.outstandingCount, delayed: groups[group].live.timer.events.count,
            oldest: oldest(of: group)?.time)
    }

    /// The oldest event that does not have to wait, and when it was published: by the mark before it if the event is not in
    /// memory.
    private func oldest(of group: GroupID) -> (sequence: UInt64, time: Timestamp)? {
        let window = groups[group].live.window
        guard let first = nextReady(in: group, from: 0), first <= lastShown else { return nil }
        return (first, publishedTime(of: first, in: window))
    }

    /// The first event from a sequence on that does not have to wait.
    func nextReady(in group: GroupID, from sequence: UInt64) -> UInt64? {
        groups[group].durable.unsettled.next(from: sequence, notIn: groups[group].live.timer.events)
    }

    /// When an event was published; that of the mark before it unless it is the oldest one in memory.
    func publishedTime(of sequence: UInt64, in window: DeliveryQueue) -> Timestamp {
        if let oldest = window.oldest, oldest.sequence == sequence { return oldest.batch.time }
        return durable.marks.index(before: sequence).map { durable.marks[$0].time } ?? durable.lastTime
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
            ?? queue.unsettled.count - live.unreadable.count - live.timer.events.countedMembers
        return QueueLedger(
            queue.counts, pending: pending, delayed: live.timer.events.countedMembers, inFlight: inFlight,
            unreadable: live.unreadable.count,
            unsettled: queue.unsettled.countedMembers)
    }

    /// A group for which events have waited for long and that nobody consumes; `nil` for another, and if it was removed.
    func unread(_ group: GroupID, at now: Timestamp, _ options: EmbeddedOptions) -> UnreadGroup? {
        guard groups.contains(group), groups[group].durable.pattern != nil, !groups[group].durable.isArchive,
            groups[group].live.members == 0, failure == nil, let oldest = oldest(of: group),
            let since = believed(oldest.time, of: oldest.sequence, at: now), now - since > options.unreadAlarm
        else { return nil }
        return UnreadGroup(groups[group].durable.name, count: readyCount(of: group), oldest: oldest.time)
    }

    /// How many events are not done, without those that have to wait.
    func readyCount(of group: GroupID) -> Int {
        groups[group].durable.unsettled.count - groups[group].live.timer.events.count
    }

    /// Since when an event waits: its time, unless that is ahead of the clock and something later tells more; nil if
    /// nothing does.
    func believed(_ time: Timestamp, of sequence: UInt64, at now: Timestamp) -> Timestamp? {
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
    func healthAlarms(of group: GroupID, at now: Timestamp, _ options: EmbeddedOptions) -> [String] {
        // Event logs have alarms of their own.
        guard groups.contains(group), !durable.eventLogs.contains(group) else { return [] }
        let queue = groups[group].durable
        var alarms: [String] = []
        let oldest = try? depth(of: group).oldest
        let since = oldest.map { " since \($0)" } ?? ""
        if !queue.isArchive, readyCount(of: group) > options.backlogAlarm {
            alarms.append("group \(queue.name) has \(readyCount(of: group)) events that are not done\(since)")
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
