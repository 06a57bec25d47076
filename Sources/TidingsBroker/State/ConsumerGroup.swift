import Tidings

/// A consumer group and its queue: what is durable beside what is live.
struct ConsumerGroup: Sendable {
    /// What the records add up to. Only ``DurableState`` changes it.
    var durable: QueueState
    private var box: Box

    /// What a restart does not bring back. No checkpoint holds it. It stands apart, so that a copy of what is durable costs
    /// nothing for it.
    var live: Live {
        _read { yield box.live }
        _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.live) }
            yield &box.live
        }
    }

    /// Safety: shared only by copies of a group, and copied before it is changed.
    private final class Box: @unchecked Sendable {
        static let empty = Box(Live())
        var live: Live

        init(_ live: Live) { self.live = live }
    }

    /// The part of the queue that is in memory, and who consumes it.
    struct Live: Sendable {
        var visibility: Duration = .seconds(30)
        /// The events that are ready or in flight.
        var window = DeliveryQueue()
        /// The ordinal of the record that made or last changed the group; 0 if an earlier process wrote it.
        var definedBy: UInt64 = 0
        /// Whether it got events in the step that is being taken, and one that is due before all others that wait.
        var gotEvents = false
        var isDueSooner = false
        /// The events that are shown and not in the window, but only in the log. Nil while nobody consumes: all are.
        var absent: SequenceSet?
        /// The events whose time has not come: in no window, and not absent.
        var timer = EventTimer()
        /// The events that cannot be read: in no window, not absent, and not loaded again.
        var unreadable: [UInt64: UnreadableEvent] = [:]
        /// The events that are out by a take, or were last taken by one, that there was no room to record.
        var unrecorded = SequenceSet()
        var isLoading = false
        var isMatchingHistory = false
        /// From which event on the log held everything when the group was made; what was there then stays until it is
        /// matched. Nil after a restart.
        var wholeFrom: UInt64?
        /// When nothing was found last that has waited for too long.
        var lastExpiryCheck: Timestamp?
        /// Whether events that were received as often as they may be may have come back since the last look.
        var mayHoldSpent = true
        /// How many receives there were of events that had been received before.
        var repeatedReceives = 0
        /// How many consumers there are.
        var members = 0
    }

    /// How many numbers of takes a process leaves out, more than any has used of which there is no record: whoever has a
    /// receipt of a process that died must not settle what another consumer has.
    private static let leftOutTakes: UInt64 = 1 << 32

    /// - Parameter isOpening: Whether another process may have had the queue.
    init(_ durable: QueueState, isOpening: Bool = false) {
        self.durable = durable
        box = Box(Live())
        let leftOut = isOpening && durable.declaration != nil ? Self.leftOutTakes : 0
        live.window = DeliveryQueue(takes: durable.takes + leftOut)
        live.visibility = durable.declaration?.options.visibilityTimeout ?? live.visibility
        live.timer = EventTimer(durable.delays, without: durable.taken)
    }

    /// What is durable, with nothing live beside it: no work for each event.
    init(snapshotOf durable: QueueState) {
        self.durable = durable
        box = .empty
    }

    /// Whether nobody consumes the queue and none of its events is in flight.
    var isUnused: Bool { live.members == 0 && live.window.outstandingCount == 0 }

    /// Whether what is published now has to wait in the log behind what waits there already.
    var isBehind: Bool { durable.backfill != nil || live.absent.map { !$0.isEmpty } ?? true }

    /// Somebody begins to consume: from now on it is known what is not in the window.
    /// - Parameter staged: The sequences that are not shown yet.
    mutating func beginUse(except staged: Range<UInt64>) {
        guard live.absent == nil else { return }
        live.absent = durable.unsettled
        live.absent?.remove(staged)
        for sequence in live.unreadable.keys { live.absent?.remove(sequence) }
        for sequence in live.timer.events.members { live.absent?.remove(sequence) }
    }

    /// Events that have become durable have to wait, as far as the records say so.
    mutating func beginWaiting(_ events: Range<UInt64>) {
        let next = live.timer.next
        for run in durable.delays.runs(in: events) { live.timer.add(run, of: durable.delays.members) }
        if let sooner = live.timer.next, next.map({ sooner < $0 }) ?? true { live.isDueSooner = true }
    }

    /// What is to be done after events were shown.
    struct Shown: OptionSet {
        let rawValue: UInt8

        /// They are the first ones of this step.
        static let first = Shown(rawValue: 1)
        /// Nobody uses the window any more: it is to be dropped.
        static let unused = Shown(rawValue: 2)
        /// The window is much heavier than its share: it is to be trimmed.
        static let overweight = Shown(rawValue: 4)
    }

    /// Gets events that have become durable: into the window, as far as it has room.
    mutating func show(_ batch: PublishedBatch, _ events: Range<Int>, windowLimit: Int, windowWeight: Int) -> Shown {
        var result: Shown = live.gotEvents ? [] : .first
        live.gotEvents = true
        let first = batch.firstSequence
        let run = first + UInt64(events.lowerBound)..<first + UInt64(events.upperBound)
        let waitingCount = durable.delays.isEmpty ? 0 : durable.delays.count(in: run)
        if waitingCount > 0 { beginWaiting(run) }
        // While nobody consumes, all are absent.
        guard live.absent != nil else { return result }
        if isUnused { return result.union(.unused) }
        // What is left of those of which some wait is read from the log.
        guard waitingCount == 0 else {
            for sequence in run where !durable.delays.contains(sequence) { live.absent?.insert(sequence) }
            return result
        }
        let weight = live.window.weight
        if live.window.runCount > 2 * windowWeight { result.insert(.overweight) }
        let room = isBehind || weight >= windowWeight ? 0 : windowLimit - live.window.pendingCount
        let shown = events.prefix(max(0, room))
        if !shown.isEmpty {
            batch.readers += shown.count
            let keys = ordersByKey ? batch.keys : []
            let entry = batch.entry(shown.lowerBound, keys: keys)
            live.window.add(entry, count: shown.count, keys: keys, from: shown.lowerBound)
        }
        if shown.count < events.count { live.absent?.insert(first + UInt64(shown.upperBound)..<run.upperBound) }
        return result
    }

    /// The time has come for events that had to wait: they are in the log, like all that is not in the window.
    mutating func endWaiting(at now: Timestamp) {
        guard live.timer.next != nil else { return }
        for sequence in live.timer.takeDue(at: now, atMost: BrokerState.dueLimit) { live.absent?.insert(sequence) }
    }

    /// Whether events wait for those of their key that are out.
    var ordersByKey: Bool { durable.declaration?.options.ordering != QueueOptions.Ordering.none }

    /// How many more events may be in flight. What waits for its next attempt is nobody's, and has a limit of its own.
    var room: Int {
        let (out, held) = (live.window.outstandingCount, live.window.heldCount)
        return min(BrokerState.outstandingLimit - (out - held), BrokerState.heldLimit - held)
    }

    /// What is to be done if a take or a settlement has left events that are ready.
    var wakeAction: GroupActions { live.window.hasReady ? .wakeMember : [] }

    /// Begins to load events from the log if the window runs low.
    /// - Parameter count: How many events are loaded together.
    mutating func beginLoading(_ count: Int, windowLimit: Int) -> GroupActions {
        guard live.absent?.isEmpty == false, !live.isLoading, live.window.readyCount < count,
            live.window.pendingCount < windowLimit * 2
        else { return [] }
        live.isLoading = true
        return .load
    }

    /// Begins to match history if some is left and nobody does.
    mutating func beginMatchingHistory() -> GroupActions {
        guard durable.backfill != nil, !live.isMatchingHistory else { return [] }
        live.isMatchingHistory = true
        return .matchHistory
    }
}

/// What a step of the state asks its owner to do for one group, once the lock is free.
package struct GroupActions: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Wake one waiting member: events are ready.
    package static let wakeMember = GroupActions(rawValue: 1)
    /// Wake every waiting member, so that each looks again.
    package static let wakeMembers = GroupActions(rawValue: 2)
    /// Load events from the log: ``BrokerState/planReading(_:)``, then ``BrokerState/finishReading(_:of:)``.
    package static let load = GroupActions(rawValue: 4)
    /// Match history: ``BrokerState/planBackfill(_:)``, `proposeBackfill` and `commit`, until there is no plan; then
    /// ``BrokerState/endMatchingHistory(_:)``.
    package static let matchHistory = GroupActions(rawValue: 8)
}
