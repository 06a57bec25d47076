import DequeModule
import Tidings
import TidingsLog
import TidingsRouting

/// The broker's state and who waits for it to become durable. It stages records and never waits for the disk.
struct BrokerState {
    /// What is not durable of a consumer group's queue: the window of its events that is held in memory, and who waits.
    struct Queue {
        var visibility: Duration = .seconds(30)
        var window: DeliveryQueue
        let signal = Signal()
        /// The record of its making or last change, unless that is of an earlier process.
        var ticket: LogTicket?
        /// Whether it got events in the advance that is under way.
        var isAnnounced = false
        /// The first event that is not in the window, where the queue is longer than that; nil where all are.
        var firstUnloaded: UInt64?
        var isLoading = false
        var isFillingBack = false
        /// How many consumers there are.
        var members = 0
    }

    /// How many events of a group may be out at once; more are handed out when some of them are settled.
    static let outstandingLimit = 100_000

    /// Everything that a restart brings back.
    var durable: DurableState
    /// By number, like those of ``durable``; nil for groups that were removed.
    var queues: [Queue?] = []
    var routes = EventRoutes<UInt32>()
    /// Counts the changes of ``routes``.
    var routesVersion = 0
    var duplicates: DuplicateWindow
    /// What was published and is not durable yet, in order.
    var pending: Deque<PendingPublish> = []
    /// The first segment of which everything is there that was published. New groups may start there.
    var historyStart: UInt64
    /// The last event that is durable, which is as far as queues may look.
    var lastShown: UInt64
    /// Settlements that the log had no room for; they come before any other record.
    var unrecorded: Deque<[UInt8]> = []
    var syncWaiters: Deque<Waiter> = []
    var writeWaiters: Deque<Waiter> = []
    var progress: (written: UInt64, synced: UInt64) = (0, 0)
    /// Whether what is staged waits for room on the disk.
    var isStalled = false
    var cache: EventCache
    /// How many events of a queue are held ready.
    let windowLimit: Int
    private var lastMember: UInt64 = 0
    /// Why nothing works any more.
    var failure: TidingsError?

    init(
        _ durable: DurableState, _ duplicates: DuplicateWindow, historyStart: UInt64, _ options: EmbeddedOptions
    ) {
        self.durable = durable
        self.historyStart = historyStart
        self.duplicates = duplicates
        cache = EventCache(limit: options.cacheBytes)
        windowLimit = options.windowEvents
        lastShown = durable.nextSequence - 1
        for (number, queue) in durable.queues.enumerated() {
            guard let queue else {
                queues.append(nil)
                continue
            }
            var live = Queue(window: DeliveryQueue(takes: queue.takes))
            live.firstUnloaded = queue.oldest
            queues.append(live)
            routes.set(queue.pattern, for: UInt32(number))
        }
    }

    func checkOpen() throws(TidingsError) {
        if let failure { throw failure }
    }

    func check(_ queue: Int) throws(TidingsError) {
        if queues[queue] == nil { throw TidingsError(.closed, "the consumer group was removed") }
    }

    // MARK: Groups

    /// Joins a group.
    /// - Parameter history: which earlier events the group wants where it is new.
    /// - Returns: the group's queue, a number for the member, and the ticket of the group's record, which must be durable
    ///   before the member consumes, whoever wrote it.
    mutating func join(
        _ subscription: Subscription, history: BrokerRecord.Group.History?, _ log: Log
    ) throws -> (queue: Int, member: UInt64, LogTicket?) {
        try checkOpen()
        lastMember += 1
        let known = durable.queueByName[subscription.group]
        let number = known ?? durable.queues.count
        guard durable.queueByName.count < DurableState.groupLimit || known != nil else {
            throw TidingsError(.overloaded, "the embedded bus holds 10,000 consumer groups and takes no more")
        }
        if known.flatMap({ durable.queues[$0]?.pattern }) != subscription.pattern {
            let group = BrokerRecord.Group(
                queue: UInt32(number), name: subscription.group, pattern: subscription.pattern,
                history: known == nil ? history : nil)
            let ticket = try append(group.encoded(), urgency: .sync, log)
            if known == nil {
                durable.addGroup(group)
                var queue = Queue(window: DeliveryQueue())
                queue.firstUnloaded = durable.queues[number]?.backfill?.next
                queues.append(queue)
            } else {
                durable.setPattern(subscription.pattern, of: number)
            }
            queues[number]?.ticket = ticket
            routes.set(subscription.pattern, for: UInt32(number))
            routesVersion += 1
        }
        queues[number]?.visibility = subscription.visibilityTimeout
        queues[number]?.members += 1
        return (number, lastMember, queues[number]?.ticket)
    }

    /// Removes a group with all that waits for it.
    /// - Returns: the ticket of the record; nil where there is no such group.
    mutating func removeGroup(_ name: String, _ log: Log) throws -> LogTicket? {
        try checkOpen()
        guard let number = durable.queueByName[name] else { return nil }
        let ticket = try append(BrokerRecord.removal(of: UInt32(number)), urgency: .sync, log)
        durable.removeGroup(number)
        routes.remove(UInt32(number))
        routesVersion += 1
        queues[number]?.window.forEachPending { uncache($0) }
        queues[number]?.signal.finish()
        queues[number] = nil
        return ticket
    }

    // MARK: Records

    /// Stages a record, behind those that there was no room for before.
    mutating func append(
        _ record: [UInt8], urgency: LogUrgency, keepingFree: Int = 0, _ log: Log
    ) throws(LogError) -> LogTicket {
        try appendUnrecorded(log)
        return try log.append(record.span.bytes, urgency: urgency, keepingFree: keepingFree)
    }

    /// Stages what there was no room for before.
    mutating func appendUnrecorded(_ log: Log) throws(LogError) {
        while let record = unrecorded.first {
            _ = try log.append(record.span.bytes, urgency: .lazy, keepingFree: 0)
            unrecorded.removeFirst()
        }
    }

    // MARK: Memory

    /// A window hands an event out, or does not want it any more.
    mutating func uncache(_ entry: DeliveryQueue.Entry) {
        if !entry.wasOut { cache.release(entry.batch) }
    }
}

/// Who waits for a record.
struct Waiter {
    let ordinal: UInt64
    let continuation: CheckedContinuation<Void, any Error>
}

/// Events that are staged and not durable: no queue shows them yet.
struct PendingPublish {
    let ordinal: UInt64
    /// Nil where all of them were known.
    let batch: PublishedBatch?
    let routes: [PublishLayout.Route]
    let published: Published
    /// Nil where the publisher has been told that the disk is full.
    var continuation: CheckedContinuation<Published, any Error>?
}

/// The sequences that a batch of events got: one after the other from the first, but for those that were known.
struct Published {
    let firstSequence: UInt64
    /// By the place in the batch.
    var known: [Int: UInt64] = [:]
}
