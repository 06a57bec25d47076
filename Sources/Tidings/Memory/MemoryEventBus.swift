import Synchronization
import TidingsRouting

/// A bus inside one process that keeps nothing: for tests, and for programs that say so by name.
///
/// It keeps the whole contract but durability: groups, order by key, visibility, attempts.
public final class MemoryEventBus: EventBus {
    struct Group {
        var subscription: Subscription
        var queue = DeliveryQueue()
        let signal: Signal
    }

    struct Stored {
        let event: Envelope
        var references: Int
    }

    struct State {
        var groups: [String: Group] = [:]
        var routes = EventRoutes<String>()
        var events: [UInt64: Stored] = [:]
        var lastSequence: UInt64 = 0
        var lastMember: UInt64 = 0
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    let state = Mutex(State())
    let environment: RuntimeEnvironment

    /// Makes an empty bus.
    /// - Parameter environment: where visibility time-outs read time.
    public init(environment: RuntimeEnvironment = .system) {
        self.environment = environment
    }

    /// Order by key alone: no durability, no history, and no recognition of a publisher's retry.
    public var capabilities: BusCapabilities { .order }

    /// Publishes events; groups see them at once.
    @discardableResult
    public func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        var bytes = 0
        for event in events {
            try event.validate()
            bytes += event.binaryByteCount
        }
        try BusLimits.check(batchOf: events.count, bytes: bytes)
        let (published, signals) = try state.withLock { state in
            try state.checkOpen()
            var groups: Set<String> = []
            let published = events.map { event in state.add(event, reaching: &groups) }
            return (published, groups.compactMap { state.groups[$0]?.signal })
        }
        for signal in signals { signal.signal() }
        return published
    }

    /// Joins a group; a new one starts at ``Subscription/Start/latest``.
    public func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try subscription.validate()
        let (signal, member) = try state.withLock { state in
            try state.checkOpen()
            guard subscription.start == .latest || state.groups[subscription.group] != nil else {
                throw TidingsError(
                    .unsupported, "the memory bus has no history: \(subscription.group) must start at latest")
            }
            state.routes.set(subscription.pattern, for: subscription.group)
            let signal = state.groups[subscription.group]?.signal ?? Signal()
            let queue = state.groups[subscription.group]?.queue ?? DeliveryQueue()
            state.groups[subscription.group] = Group(subscription: subscription, queue: queue, signal: signal)
            state.lastMember += 1
            return (signal, state.lastMember)
        }
        return MemoryEventConsumer(bus: self, group: subscription.group, membership: Membership(member), signal: signal)
    }

    /// Connected until it is closed.
    public func health() async -> BusHealth {
        state.withLock { BusHealth(isConnected: !$0.isClosed, reason: $0.isClosed ? "the bus was closed" : nil) }
    }

    /// Waits until every event that was published has been acknowledged by every group that got it.
    public func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.events.isEmpty { return true }
                state.idleWaiters.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Ends the bus: what it holds is gone, and every call fails with code `closed`.
    public func close() {
        let (signals, idle) = state.withLock { state in
            state.isClosed = true
            state.events = [:]
            defer { state.idleWaiters = [] }
            return (state.groups.values.map(\.signal), state.idleWaiters)
        }
        for signal in signals { signal.finish() }
        for waiter in idle { waiter.resume() }
    }
}

extension MemoryEventBus.State {
    func checkOpen() throws(TidingsError) {
        if isClosed { throw TidingsError(.closed, "the memory bus was closed") }
    }

    mutating func add(_ event: Envelope, reaching reached: inout Set<String>) -> PublishedEvent {
        lastSequence += 1
        let names = routes.matches(event)
        if !names.isEmpty { events[lastSequence] = MemoryEventBus.Stored(event: event, references: names.count) }
        let entry = DeliveryQueue.Entry(sequence: lastSequence, key: OrderingKey.hash(of: event))
        for name in names {
            groups[name]?.queue.add(entry)
            reached.insert(name)
        }
        return PublishedEvent(id: event.id, sequence: lastSequence)
    }

    /// A group does not need the event any more; with the last one it goes.
    mutating func forget(_ sequence: UInt64) {
        events[sequence]?.references -= 1
        if events[sequence]?.references == 0 { events[sequence] = nil }
    }

    mutating func takeIdleWaiters() -> [CheckedContinuation<Void, Never>] {
        guard events.isEmpty else { return [] }
        defer { idleWaiters = [] }
        return idleWaiters
    }
}
