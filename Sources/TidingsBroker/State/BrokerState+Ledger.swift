import Tidings

extension BrokerState {
    /// Counts a queue's events one by one.
    func ledger(of queue: Int) throws(TidingsError) -> QueueLedger {
        try check(queue)
        guard let live = queues[queue], let state = durable.queues[queue] else {
            throw TidingsError(.closed, "the consumer group was removed")
        }
        var pending = 0
        var inFlight = 0
        live.window.forEachPending { _ in pending += 1 }
        live.window.forEachOutstanding { _ in inFlight += 1 }
        // On the disk, or on its way there.
        let firstAbsent = live.firstUnloaded ?? lastShown + 1
        pending += state.unsettled.count(in: firstAbsent..<max(durable.nextSequence, firstAbsent))
        return QueueLedger(
            published: Int(state.published), acknowledged: Int(state.acknowledged), pending: pending,
            inFlight: inFlight, unsettled: state.unsettled.countedMembers)
    }

    /// What someone should look at in a queue.
    func alarms(of number: Int, at now: Timestamp, _ options: EmbeddedOptions) -> [String] {
        guard durable.queues.indices.contains(number), let queue = durable.queues[number] else { return [] }
        var alarms: [String] = []
        let oldest = try? depth(of: number).oldest
        let since = oldest.map { " since \($0)" } ?? ""
        if queue.unsettled.count > options.backlogAlarm {
            alarms.append("group \(queue.name) has \(queue.unsettled.count) events that are not done\(since)")
        }
        if let oldest, queues[number]?.members == 0, now - oldest > options.unreadAlarm {
            alarms.append(
                "nobody consumes group \(queue.name), for which \(queue.unsettled.count) events wait\(since); remove it if "
                    + "nobody will")
        }
        if let ledger = try? ledger(of: number), !ledger.isBalanced {
            alarms.append("the counts of group \(queue.name) do not add up: \(ledger)")
        }
        return alarms
    }

    /// Lets a queue lose an event that waits, as no fault should.
    mutating func lose(_ sequence: UInt64, of group: String) {
        guard let queue = durable.queueByName[group], let window = queues[queue]?.window else { return }
        var rest = DeliveryQueue(takes: window.takeCount)
        window.forEachPending { entry in if entry.sequence != sequence { rest.add(entry) } }
        queues[queue]?.window = rest
    }
}
