import Synchronization

/// A member of a group on the memory bus.
final class MemoryEventConsumer: EventConsumer {
    private let bus: MemoryEventBus
    private let group: String
    private let signal: Signal
    private let member: UInt64

    init(bus: MemoryEventBus, group: String, member: UInt64, signal: Signal) {
        self.bus = bus
        self.group = group
        self.member = member
        self.signal = signal
    }

    func next(atMost maximum: Int) async throws -> [Delivery] {
        while true {
            try Task.checkCancellation()
            let now = bus.environment.now()
            let (deliveries, deadline, more) = try bus.state.withLock { state in
                try state.checkOpen()
                guard let visibility = state.groups[group]?.subscription.visibilityTimeout,
                    let (number, entries) = state.groups[group]?.queue.take(
                        atMost: maximum, for: member, at: now, visibility: visibility)
                else { return ([Delivery](), Timestamp?.none, false) }
                let deliveries = entries.compactMap { entry in
                    state.events[entry.sequence].map {
                        Delivery(
                            receipt: Receipt(sequence: entry.sequence, take: number), attempt: Int(entry.attempts),
                            event: $0.event)
                    }
                }
                return (deliveries, state.groups[group]?.queue.nextDeadline, state.groups[group]?.queue.hasReady == true)
            }
            if more { signal.signal() }
            if !deliveries.isEmpty { return deliveries }
            if let deadline {
                try await signal.wait(atMost: deadline - now, on: bus.environment.time)
            } else {
                try await signal.wait()
            }
        }
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
        bus.state.withLock { state in
            guard let queue = state.groups[group]?.queue else { return QueueDepth(pending: 0, inFlight: 0, oldest: nil) }
            return QueueDepth(
                pending: queue.pendingCount, inFlight: queue.outstandingCount,
                oldest: queue.oldestSequence.flatMap { state.events[$0]?.event.time })
        }
    }

    func close() async {
        bus.state.withLock { state in
            for receipt in state.groups[group]?.queue.receipts(of: member) ?? [] {
                _ = state.groups[group]?.queue.release(receipt)
            }
        }
        signal.signal()
    }
}

extension MemoryEventBus.State {
    /// Settles one delivery; returns its receipt where that was not in force.
    fileprivate mutating func settle(_ settlement: Settlement, in group: String, at now: Timestamp) -> Receipt? {
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
