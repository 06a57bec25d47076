import Synchronization
import TidingsRouting

/// A member of a group on the memory bus.
final class MemoryEventConsumer: EventConsumer {
    private let bus: MemoryEventBus
    private let group: ByteText
    private let signal: Signal
    private let membership: Membership

    init(bus: MemoryEventBus, group: ByteText, membership: Membership, signal: Signal) {
        self.bus = bus
        self.group = group
        self.membership = membership
        self.signal = signal
    }

    deinit {
        // What it has out comes back when its time-outs end: the last use of a consumer may be before that of its receipts.
        bus.state.withLock { state in
            guard membership.end() else { return }
            _ = state.groups[group]?.queue.leave(membership.number)
        }
    }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        try BusLimits.check(takeOf: maximum)
        do {
            while true {
                try Task.checkCancellation()
                let now = bus.environment.time.uptime()
                let (deliveries, timeout) = try take(atMost: maximum, at: now)
                if !deliveries.isEmpty { return deliveries }
                try await signal.wait(untilUptime: now + timeout, on: bus.environment.time, while: membership)
            }
        } catch {
            // The signal that this member may have got is for another one.
            signal.signal()
            throw error
        }
    }

    /// Takes what there is, or says how long nothing can change without a signal.
    private func take(
        atMost maximum: Int, at now: Duration
    ) throws -> (deliveries: [Delivery], timeout: Duration) {
        let (deliveries, timeout, more) = try bus.state.withLock { state in
            try state.checkOpen()
            try membership.check()
            return state.take(
                from: group, atMost: maximum, for: membership.number, at: now, time: bus.environment.now())
        }
        if more { signal.signal() }
        return (deliveries, timeout)
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        try BusLimits.check(settlements, withoutDeadLetters: group.string)
        let now = bus.environment.time.uptime()
        let (settled, idle, wakes) = try bus.state.withLock { state in
            try state.checkOpen()
            let settled = state.settle(settlements, in: group, at: now)
            return (settled, state.takeIdleWaiters(), state.groups[group]?.queue.hasReady == true)
        }
        if settled.endsSooner { signal.signalAll() } else if wakes { signal.signal() }
        for waiter in idle { waiter.resume() }
        return settled.stale
    }

    func depth() async throws -> QueueDepth {
        let (now, time) = (bus.environment.time.uptime(), bus.environment.now())
        return try bus.state.withLock { state in
            try state.checkOpen()
            state.groups[group]?.queue.expire(at: now)
            state.groups[group]?.endWaiting(at: time)
            guard let queue = state.groups[group]?.queue else {
                return QueueDepth(pending: 0, inFlight: 0, oldest: nil)
            }
            return QueueDepth(
                pending: queue.pendingCount, inFlight: queue.outstandingCount,
                delayed: state.groups[group]?.waiting.count ?? 0,
                oldest: queue.oldest.flatMap { state.events[$0.sequence]?.publishedAt })
        }
    }

    func close() async {
        let now = bus.environment.time.uptime()
        bus.state.withLock { state in
            // Under the lock, so that whoever closes it again returns when it has left.
            guard membership.end() else { return }
            let receipts = state.groups[group]?.queue.leave(membership.number) ?? []
            _ = state.settle(receipts.map(Settlement.release), in: group, at: now)
        }
        signal.signalAll()
    }
}

extension MemoryEventBus.State {
    fileprivate mutating func take(
        from group: ByteText, atMost maximum: Int, for member: UInt64, at now: Duration, time: Timestamp
    ) -> (deliveries: [Delivery], timeout: Duration, hasMore: Bool) {
        groups[group]?.endWaiting(at: time)
        guard let visibility = groups[group]?.subscription.visibilityTimeout,
            let (number, entries) = groups[group]?.queue.take(
                atMost: maximum, for: member, at: now, visibility: visibility),
            let queue = groups[group]?.queue
        else { return ([], .zero, false) }
        let deliveries = entries.compactMap { entry in
            events[entry.sequence].map {
                Delivery(
                    receipt: Receipt(sequence: entry.sequence, take: number), attempt: Int(entry.attempts),
                    event: $0.event)
            }
        }
        let timeout = queue.waitTimeout(at: now, visibility: visibility)
        let wait = groups[group]?.waiting.first.map { min(timeout, $0.until - time, BusLimits.clockCheck) }
        return (deliveries, wait ?? timeout, queue.hasReady && !entries.isEmpty)
    }

    fileprivate mutating func settle(
        _ settlements: [Settlement], in group: ByteText, at now: Duration
    ) -> DeliveryQueue.Settled {
        guard let settled = groups[group]?.queue.settle(settlements, at: now) else { return DeliveryQueue.Settled() }
        for sequence in settled.acknowledged { forget(sequence) }
        return settled
    }
}
