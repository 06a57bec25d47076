import DequeModule
import Tidings
import TidingsLog

extension BrokerState {
    /// What is to be told once the lock is free.
    struct News {
        var published: [PendingPublish] = []
        var reached: [CheckedContinuation<Void, any Error>] = []
        /// One for each queue that got events, however many.
        var signals: [Signal] = []
        /// Those who would wait until there is room on the disk.
        var stranded: [CheckedContinuation<Published, any Error>] = []
    }

    /// The log has come further: what became durable is shown to its queues.
    mutating func advance(to reached: LogProgress) -> News {
        var news = News()
        progress = (reached.written, reached.synced)
        var announced: [Int] = []
        while let ordinal = pending.first?.ordinal, ordinal <= reached.synced, let first = pending.popFirst() {
            show(first, &announced)
            news.published.append(first)
        }
        for queue in announced {
            queues[queue]?.isAnnounced = false
            if let signal = queues[queue]?.signal { news.signals.append(signal) }
        }
        Self.pop(&syncWaiters, upTo: reached.synced, into: &news)
        Self.pop(&writeWaiters, upTo: reached.written, into: &news)
        isStalled = reached.isStalled
        if isStalled {
            // Their events stay staged, and become durable when there is room; publishing them again does no harm.
            news.stranded = pending.compactMap(\.continuation)
            for index in pending.indices { pending[index].continuation = nil }
        }
        return news
    }

    private mutating func show(_ publish: PendingPublish, _ announced: inout [Int]) {
        guard let batch = publish.batch else { return }
        var next = 0
        for route in publish.routes {
            let events = next..<next + route.events
            for queue in route.queues where queues[Int(queue)] != nil {
                show(batch, events, to: Int(queue), &announced)
            }
            next = events.upperBound
        }
        batch.dropKeys()
        cache.hold(batch)
        lastShown = batch.firstSequence + UInt64(batch.count) - 1
    }

    /// Puts events into a queue's window, unless the queue is longer than that.
    private mutating func show(
        _ batch: PublishedBatch, _ events: Range<Int>, to queue: Int, _ announced: inout [Int]
    ) {
        if queues[queue]?.isAnnounced == false {
            queues[queue]?.isAnnounced = true
            announced.append(queue)
        }
        guard queues[queue]?.firstUnloaded == nil else { return }
        let room = isForsaken(queue) ? 0 : windowLimit - (queues[queue]?.window.pendingCount ?? 0)
        let shown = events.prefix(max(0, room))
        if !shown.isEmpty {
            batch.readers += shown.count
            queues[queue]?.window.add(
                batch.keys[shown], from: batch.firstSequence + UInt64(shown.lowerBound), batch)
        }
        if shown.count < events.count { fallBehind(queue, at: batch.firstSequence + UInt64(shown.upperBound)) }
    }

    /// From now on the queue's consumers read from the disk. Where there are none, it costs no memory at all.
    private mutating func fallBehind(_ queue: Int, at sequence: UInt64) {
        queues[queue]?.firstUnloaded = sequence
        guard isForsaken(queue), let live = queues[queue] else { return }
        live.window.forEachPending { uncache($0) }
        queues[queue]?.window = DeliveryQueue(takes: live.window.takeCount)
        queues[queue]?.firstUnloaded = durable.queues[queue]?.unsettled.first
    }

    /// Whether nobody consumes the queue and nobody has any of it.
    private func isForsaken(_ queue: Int) -> Bool {
        queues[queue]?.members == 0 && queues[queue]?.window.outstandingCount == 0
    }

    private static func pop(_ waiters: inout Deque<Waiter>, upTo ordinal: UInt64, into news: inout News) {
        while let first = waiters.first, first.ordinal <= ordinal {
            waiters.removeFirst()
            news.reached.append(first.continuation)
        }
    }

    /// Waits for a record to be durable, or only written; `false` when it is already.
    mutating func wait(
        for ticket: LogTicket, untilSynced: Bool, _ continuation: CheckedContinuation<Void, any Error>
    ) throws -> Bool {
        if ticket.ordinal <= (untilSynced ? progress.synced : progress.written) { return false }
        try checkOpen()
        if isStalled { throw TidingsError.diskFull }
        let waiter = Waiter(ordinal: ticket.ordinal, continuation: continuation)
        if untilSynced { Self.add(waiter, to: &syncWaiters) } else { Self.add(waiter, to: &writeWaiters) }
        return true
    }

    /// Puts one who waits in the order of records, nearly always at the end.
    private static func add(_ waiter: Waiter, to waiters: inout Deque<Waiter>) {
        var place = waiters.count
        while place > 0, waiters[place - 1].ordinal > waiter.ordinal { place -= 1 }
        waiters.insert(waiter, at: place)
    }

    /// Nothing works any more: everyone who waits is told why.
    mutating func stop(because reason: TidingsError) -> [PendingPublish] {
        failure = failure ?? reason
        for queue in queues { queue?.signal.finish() }
        defer { pending = [] }
        return Array(pending)
    }

    mutating func takeWaiters() -> [CheckedContinuation<Void, any Error>] {
        defer {
            syncWaiters = []
            writeWaiters = []
        }
        return (syncWaiters + writeWaiters).map(\.continuation)
    }
}
