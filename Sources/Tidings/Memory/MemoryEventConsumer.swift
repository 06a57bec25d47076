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

    func next(atMost maximum: Int) async throws -> [Delivery] {
        try BusLimits.check(takeOf: maximum)
        do {
            while true {
                try Task.checkCancellation()
                let now = bus.environment.now()
                let (deliveries, timeout) = try take(atMost: maximum, at: now)
                if !deliveries.isEmpty { return deliveries }
                try await signal.wait(until: now + timeout, on: bus.environment.time, while: membership)
            }
        } catch {
            // The signal that this member may have got is for another one.
            signal.signal()
            throw error
        }
    }

    /// Takes what there is, or says how long nothing can change without a signal.
    private func take(
        atMost maximum: Int, at now: Timestamp
    ) throws -> (deliveries: [Delivery], timeout: Duration) {
        let (deliveries, timeout, more) = try bus.state.withLock { state in
            try state.checkOpen()
            try membership.check()
            return state.take(from: group, atMost: maximum, for: membership.number, at: now)
        }
        if more { signal.signal() }
        return (deliveries, timeout)
    }

    func settle(_ settlements: [Settlement]) async throws -> [Receipt] {
        let now = bus.environment.now()
        let (stale, idle, more) = try bus.state.withLock { state in
            try state.checkOpen()
            let stale = settlements.compactMap { state.settle($0, in: group, at: now) }
            return (stale, state.takeIdleWaiters(), state.groups[group]?.queue.hasReady == true)
        }
        if more { signal.signal() }
        for waiter in idle { waiter.resume() }
        return stale
    }

    func depth() async throws -> QueueDepth {
        try bus.state.withLock { state in
            try state.checkOpen()
            guard let queue = state.groups[group]?.queue else {
                return QueueDepth(pending: 0, inFlight: 0, oldest: nil)
            }
            return QueueDepth(
                pending: queue.pendingCount, inFlight: queue.outstandingCount,
                oldest: queue.oldest.flatMap { state.events[$0.sequence]?.event.time })
        }
    }

    func close() async {
        membership.end()
        bus.state.withLock { state in
            for receipt in state.groups[group]?.queue.receipts(of: membership.number) ?? [] {
                _ = state.groups[group]?.queue.release(receipt)
            }
        }
        signal.signalAll()
    }
}

extension MemoryEventBus.State {
    fileprivate mutating func take(
        from group: ByteText, atMost maximum: Int, for member: UInt64, at now: Timestamp
    ) -> (deliveries: [Delivery], timeout: Duration, hasMore: Bool) {
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
        return (deliveries, queue.waitTimeout(at: now, visibility: visibility), queue.hasReady && !entries.isEmpty)
    }

    /// Settles one delivery; returns its receipt if that was not in force.
    fileprivate mutating func settle(_ settlement: Settlement, in group: ByteText, at now: Timestamp) -> Receipt? {
        switch settlement {
        case .acknowledge(let receipt):
            guard groups[group]?.queue.acknowledge(receipt) == true else { return receipt }
            forget(receipt.sequence)
            return nil
        case .release(let receipt):
            return groups[group]?.queue.release(receipt) == true ? nil : receipt
        case .extend(let receipt, let duration):
            return groups[group]?.queue.extend(receipt, until: now + duration) == true ? nil : receipt
        }
    }
}
