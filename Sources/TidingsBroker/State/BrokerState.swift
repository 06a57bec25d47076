import DequeModule
import Tidings
import TidingsLog
import TidingsRouting

/// The broker's state and who waits for it to become durable. It stages records and never waits for the disk.
struct BrokerState {
    struct Queue {
        let name: String
        var pattern: EventPattern
        var visibility: Duration = .seconds(30)
        var delivery = DeliveryQueue()
        let signal = Signal()
        /// The record of its making or last change, unless that is of an earlier process.
        var ticket: LogTicket?
        /// Whether it got events in the advance that is under way.
        var isAnnounced = false
    }

    /// Events that are staged and not durable: no queue shows them yet.
    private struct Pending {
        let ordinal: UInt64
        let firstSequence: UInt64
        let events: [Routed]
        let continuation: CheckedContinuation<UInt64, any Error>
    }

    /// An event's key and the queues that its rules chose.
    private struct Routed {
        let key: UInt64
        let queues: [UInt32]
    }

    private struct Waiter {
        let ordinal: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private(set) var queues: [Queue] = []
    private var queueByName: [String: Int] = [:]
    private var routes = EventRoutes<UInt32>()
    private var events: EventTable
    private var pending: Deque<Pending> = []
    private var syncWaiters: Deque<Waiter> = []
    private var writeWaiters: Deque<Waiter> = []
    private var progress: (written: UInt64, synced: UInt64) = (0, 0)
    private var lastMember: UInt64 = 0
    /// Why nothing works any more.
    private(set) var failure: TidingsError?

    init(_ recovered: RecoveredState) {
        events = recovered.events
        for (number, queue) in recovered.queues.enumerated() {
            queues.append(Queue(name: queue.name, pattern: queue.pattern, delivery: queue.delivery))
            queueByName[queue.name] = number
            routes.set(queue.pattern, for: UInt32(number))
        }
    }

    // MARK: Groups

    /// Joins a group.
    /// - Returns: the group's queue, a number for the member, and the ticket of the group's record, which must be durable
    ///   before the member consumes, whoever wrote it.
    mutating func join(_ subscription: Subscription, _ log: Log) throws -> (queue: Int, member: UInt64, LogTicket?) {
        try checkOpen()
        lastMember += 1
        let known = queueByName[subscription.group]
        guard known != nil || subscription.start == .latest else {
            throw TidingsError(
                .unsupported, "group \(subscription.group) is new and can only start at latest on the embedded bus")
        }
        let number = known ?? queues.count
        guard number < RecoveredState.groupLimit else {
            throw TidingsError(.overloaded, "the embedded bus holds 10,000 consumer groups and takes no more")
        }
        if known == nil || queues[number].pattern != subscription.pattern {
            let record = BrokerRecord.Group(
                queue: UInt32(number), name: subscription.group, pattern: subscription.pattern)
            let ticket = try log.append(record.encoded().span.bytes, urgency: .sync)
            if known == nil {
                queues.append(Queue(name: subscription.group, pattern: subscription.pattern))
                queueByName[subscription.group] = number
            }
            queues[number].pattern = subscription.pattern
            queues[number].ticket = ticket
            routes.set(subscription.pattern, for: UInt32(number))
        }
        queues[number].visibility = subscription.visibilityTimeout
        return (number, lastMember, queues[number].ticket)
    }

    // MARK: Publishing

    /// Routes and stages events; the continuation gets the first one's sequence once they are durable.
    mutating func publish(
        _ events: [OutgoingEvent], at now: Timestamp, _ log: Log,
        _ continuation: CheckedContinuation<UInt64, any Error>
    ) throws {
        try checkOpen()
        let firstSequence = self.events.nextSequence
        var routed: [Routed] = []
        routed.reserveCapacity(events.count)
        var size = PublishLayout.headByteCount
        for event in events {
            let queues = routes.matches(event.cached.envelope)
            routed.append(Routed(key: event.key, queues: queues))
            size += PublishLayout.eventHeadByteCount(queues: queues.count) + event.bytes.count
        }
        let ticket = try log.append(byteCount: size, urgency: .sync) { span in
            span.withUnsafeMutableBytes { buffer, initializedCount in
                var writer = BinaryWriter(buffer)
                PublishLayout.writeHead(time: now, firstSequence: firstSequence, count: events.count, into: &writer)
                for (event, routed) in zip(events, routed) {
                    PublishLayout.writeEvent(event.bytes, key: routed.key, queues: routed.queues, into: &writer)
                }
                initializedCount = writer.offset
            }
        }
        var offset = PublishLayout.headByteCount
        for (event, routed) in zip(events, routed) {
            offset += PublishLayout.eventHeadByteCount(queues: routed.queues.count)
            self.events.append(
                EventTable.Place(
                    position: ticket.position, offset: UInt32(offset), length: UInt32(event.bytes.count)),
                time: now, references: routed.queues.count, event: event.cached)
            offset += event.bytes.count
        }
        pending.append(
            Pending(
                ordinal: ticket.ordinal, firstSequence: firstSequence, events: routed, continuation: continuation))
    }

    // MARK: Consuming

    /// An event that was taken: in memory, or to be read from the log.
    struct Taken {
        let receipt: Receipt
        let attempt: Int
        let event: CachedEvent?
        let place: EventTable.Place
    }

    /// Takes events from a queue. A member that has left gets nothing: what it had is given back before this or after.
    /// - Returns: what was taken and the ticket to wait for; otherwise nothing, and how long nothing can change without
    ///   a signal.
    mutating func take(
        from queue: Int, atMost maximum: Int, for member: Membership, at now: Timestamp, _ log: Log
    ) throws -> (taken: [Taken], ticket: LogTicket?, patience: Duration) {
        try checkOpen()
        try member.check()
        let (number, entries) = queues[queue].delivery.take(
            atMost: maximum, for: member.number, at: now, visibility: queues[queue].visibility)
        let patience = queues[queue].delivery.patience(at: now, visibility: queues[queue].visibility)
        guard !entries.isEmpty else { return ([], nil, patience) }
        let record = BrokerRecord.Sequences(queue: UInt32(queue), sequences: entries.map(\.sequence))
        let ticket: LogTicket
        do {
            ticket = try log.append(record.encoded(as: .take).span.bytes, urgency: .write)
        } catch {
            // Nobody sees them, so the attempt was none.
            for entry in entries {
                _ = queues[queue].delivery.release(Receipt(sequence: entry.sequence, take: number))
            }
            throw error
        }
        if queues[queue].delivery.hasReady { queues[queue].signal.signal() }
        let taken = entries.compactMap { entry in
            events.find(entry.sequence).map {
                Taken(
                    receipt: Receipt(sequence: entry.sequence, take: number), attempt: Int(entry.attempts),
                    event: $0.event, place: $0.place)
            }
        }
        return (taken, ticket, patience)
    }

    /// Settles deliveries and returns the receipts that were not in force.
    mutating func settle(
        _ settlements: [Settlement], in queue: Int, at now: Timestamp, _ log: Log
    ) throws -> [Receipt] {
        try checkOpen()
        var stale: [Receipt] = []
        var acknowledged: [UInt64] = []
        var released: [UInt64] = []
        for settlement in settlements {
            switch settlement {
            case .acknowledge(let receipt):
                if queues[queue].delivery.acknowledge(receipt) {
                    acknowledged.append(receipt.sequence)
                } else {
                    stale.append(receipt)
                }
            case .release(let receipt):
                if queues[queue].delivery.release(receipt) {
                    released.append(receipt.sequence)
                } else {
                    stale.append(receipt)
                }
            case .extend(let receipt, let duration):
                if !queues[queue].delivery.extend(receipt, until: now + duration) { stale.append(receipt) }
            }
        }
        // Where the log refuses what follows, the queue has changed all the same; a restart brings the events back.
        for sequence in acknowledged { events.forget(sequence) }
        if queues[queue].delivery.hasReady { queues[queue].signal.signal() }
        try record(acknowledged, as: .acknowledge, of: queue, log)
        try record(released, as: .release, of: queue, log)
        return stale
    }

    /// Gives back what a member has out.
    mutating func leave(_ queue: Int, _ member: UInt64, at now: Timestamp, _ log: Log) throws {
        let receipts = queues[queue].delivery.receipts(of: member)
        _ = try settle(receipts.map(Settlement.release), in: queue, at: now, log)
    }

    func depth(of queue: Int) -> QueueDepth {
        let delivery = queues[queue].delivery
        return QueueDepth(
            pending: delivery.pendingCount, inFlight: delivery.outstandingCount,
            oldest: delivery.oldestSequence.flatMap { events.find($0)?.time })
    }

    private func record(_ sequences: [UInt64], as kind: BrokerRecord.Kind, of queue: Int, _ log: Log) throws {
        guard !sequences.isEmpty else { return }
        let record = BrokerRecord.Sequences(queue: UInt32(queue), sequences: sequences)
        _ = try log.append(record.encoded(as: kind).span.bytes, urgency: .lazy)
    }

    // MARK: Durability

    /// What is to be told once the lock is free.
    struct News {
        var published: [(continuation: CheckedContinuation<UInt64, any Error>, firstSequence: UInt64)] = []
        var reached: [CheckedContinuation<Void, any Error>] = []
        /// One for each queue that got events, however many.
        var signals: [Signal] = []
    }

    /// The log has come further: what became durable is shown to its queues.
    mutating func advance(to reached: LogProgress) -> News {
        var news = News()
        progress = (reached.written, reached.synced)
        var announced: [Int] = []
        while let ordinal = pending.first?.ordinal, ordinal <= reached.synced, let first = pending.popFirst() {
            show(first, &announced)
            news.published.append((first.continuation, first.firstSequence))
        }
        for queue in announced {
            queues[queue].isAnnounced = false
            news.signals.append(queues[queue].signal)
        }
        Self.pop(&syncWaiters, upTo: reached.synced, into: &news)
        Self.pop(&writeWaiters, upTo: reached.written, into: &news)
        return news
    }

    private mutating func show(_ publish: Pending, _ announced: inout [Int]) {
        var sequence = publish.firstSequence
        for event in publish.events {
            for queue in event.queues.lazy.map(Int.init) {
                queues[queue].delivery.add(DeliveryQueue.Entry(sequence: sequence, key: event.key))
                if !queues[queue].isAnnounced {
                    queues[queue].isAnnounced = true
                    announced.append(queue)
                }
            }
            sequence += 1
        }
    }

    private static func pop(_ waiters: inout Deque<Waiter>, upTo ordinal: UInt64, into news: inout News) {
        while let first = waiters.first, first.ordinal <= ordinal {
            waiters.removeFirst()
            news.reached.append(first.continuation)
        }
    }

    /// Nothing works any more: everyone who waits is told why.
    mutating func stop(because reason: TidingsError) -> [CheckedContinuation<UInt64, any Error>] {
        failure = failure ?? reason
        for queue in queues { queue.signal.finish() }
        defer { pending = [] }
        return pending.map(\.continuation)
    }

    mutating func takeWaiters() -> [CheckedContinuation<Void, any Error>] {
        defer {
            syncWaiters = []
            writeWaiters = []
        }
        return (syncWaiters + writeWaiters).map(\.continuation)
    }

    /// Waits for a record to be durable, or only written; `false` when it is already.
    mutating func wait(
        for ticket: LogTicket, untilSynced: Bool, _ continuation: CheckedContinuation<Void, any Error>
    ) throws -> Bool {
        if ticket.ordinal <= (untilSynced ? progress.synced : progress.written) { return false }
        try checkOpen()
        let waiter = Waiter(ordinal: ticket.ordinal, continuation: continuation)
        if untilSynced { syncWaiters.append(waiter) } else { writeWaiters.append(waiter) }
        return true
    }

    func checkOpen() throws(TidingsError) {
        if let failure { throw failure }
    }
}
