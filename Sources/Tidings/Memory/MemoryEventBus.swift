import Synchronization
import TidingsRouting

/// A bus inside one process that keeps nothing: for tests, and for programs that say so by name.
///
/// It keeps the whole contract but durability: groups, order by key, visibility, attempts. With `keepsHistory` it also
/// remembers all that was published, so that groups may start before now and a test can look at it.
public final class MemoryEventBus: EventBus {
    struct Group {
        var subscription: Subscription
        var queue = DeliveryQueue()
        /// The events whose time has not come.
        var waiting = BinaryHeap<Waiting>()
        let signal: Signal

        struct Waiting: Comparable, Sendable {
            let until: Timestamp
            let entry: DeliveryQueue.Entry

            static func < (left: Waiting, right: Waiting) -> Bool { left.until < right.until }
            static func == (left: Waiting, right: Waiting) -> Bool { left.until == right.until }
        }

        /// The time has come for some events.
        mutating func endWaiting(at now: Timestamp) {
            while let first = waiting.first, first.until <= now {
                waiting.removeFirst()
                queue.insert(first.entry)
            }
        }
    }

    struct Stored {
        let event: Envelope
        let publishedAt: Timestamp
        var references: Int
    }

    struct State {
        var groups: [ByteText: Group] = [:]
        var routes = EventRoutes<ByteText>()
        /// The events that some group has not acknowledged, by sequence.
        var events: [UInt64: Stored] = [:]
        /// All that was published, in order, and when; empty unless the bus keeps its history.
        var history: [(event: Envelope, publishedAt: Timestamp)] = []
        var lastSequence: UInt64 = 0
        var lastMember: UInt64 = 0
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    let state = Mutex(State())
    let environment: RuntimeEnvironment
    private let keepsHistory: Bool

    /// Makes an empty bus.
    /// - Parameters:
    ///   - environment: where visibility time-outs read time.
    ///   - keepsHistory: whether what was published is remembered until the bus is closed, for tests: it grows with each
    ///     event.
    public init(environment: RuntimeEnvironment = .system, keepsHistory: Bool = false) {
        self.environment = environment
        self.keepsHistory = keepsHistory
    }

    /// Order by key, delays, and history if it is kept: no durability, and no recognition of a publisher's retry.
    public var capabilities: BusCapabilities { keepsHistory ? [.order, .delays, .history] : [.order, .delays] }

    /// Zero; with its history not known, because it is kept until the bus is closed.
    public var retention: Duration? { keepsHistory ? nil : .zero }

    /// All that was published, in order, if the bus keeps its history.
    public var published: [Envelope] { state.withLock { $0.history.map(\.event) } }

    /// How many events were published.
    public var publishedCount: UInt64 { state.withLock(\.lastSequence) }

    /// Whether every event that was published has been acknowledged by every group that got it.
    public var isIdle: Bool { state.withLock(\.events.isEmpty) }

    /// Publishes events; groups see them at once.
    @discardableResult
    public func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        var bytes = 0
        let now = environment.now()
        for event in events {
            try event.validate()
            _ = try BusLimits.checkDelay(of: event, at: now)
            bytes += event.binaryByteCount
        }
        try BusLimits.check(batchOf: events.count, bytes: bytes)
        let (published, signals, sooner) = try state.withLock { state in
            try state.checkOpen()
            if keepsHistory { state.history += events.map { ($0, now) } }
            var groups: Set<ByteText> = []
            let next = state.groups.mapValues(\.waiting.first)
            let published = events.map { event in state.add(event, at: now, reaching: &groups) }
            let sooner = groups.filter { name in
                guard let first = state.groups[name]?.waiting.first else { return false }
                return (next[name] ?? nil).map { first < $0 } ?? true
            }
            return (
                published, groups.compactMap { state.groups[$0]?.signal },
                sooner.compactMap { state.groups[$0]?.signal }
            )
        }
        for signal in signals { signal.signal() }
        // Each who waits does so for something later.
        for signal in sooner { signal.signalAll() }
        return published
    }

    /// Joins a group; a new one starts before now only if the bus keeps its history.
    public func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try subscription.validate()
        let (signal, member, isSooner) = try state.withLock { state in
            try state.checkOpen()
            let group = ByteText(subscription.group)
            let isNew = state.groups[group] == nil
            guard !isNew || subscription.start == .latest || keepsHistory else {
                throw TidingsError(
                    .unsupported, "the memory bus keeps no history: \(subscription.group) must start at latest")
            }
            state.routes.set(subscription.pattern, for: group)
            let signal = state.groups[group]?.signal ?? Signal()
            let isSooner =
                state.groups[group].map { subscription.visibilityTimeout < $0.subscription.visibilityTimeout } ?? false
            state.groups[group, default: Group(subscription: subscription, signal: signal)].subscription = subscription
            if isNew { state.fill(subscription) }
            state.lastMember += 1
            return (signal, state.lastMember, isSooner)
        }
        // Takes end sooner from now on than those who wait expect.
        if isSooner { signal.signalAll() }
        return MemoryEventConsumer(
            bus: self, group: ByteText(subscription.group), membership: Membership(member), signal: signal)
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
            state.history = []
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

    mutating func add(
        _ event: Envelope, at now: Timestamp, reaching reached: inout Set<ByteText>
    ) -> PublishedEvent {
        lastSequence += 1
        let names = routes.matches(event)
        if !names.isEmpty {
            events[lastSequence] = MemoryEventBus.Stored(event: event, publishedAt: now, references: names.count)
        }
        let entry = DeliveryQueue.Entry(sequence: lastSequence, key: OrderingKey.hash(of: event))
        let wait = event.notBefore.flatMap { $0 > now ? MemoryEventBus.Group.Waiting(until: $0, entry: entry) : nil }
        for name in names {
            if let wait { groups[name]?.waiting.insert(wait) } else { groups[name]?.queue.add(entry) }
            reached.insert(name)
        }
        return PublishedEvent(id: event.id, sequence: lastSequence)
    }

    /// Gives a new group what it wants of the history. Sequences count what was published, from 1.
    mutating func fill(_ subscription: Subscription) {
        let since: Timestamp?
        switch subscription.start {
        case .latest: return
        case .earliest: since = nil
        case .time(let moment): since = moment
        }
        var wanted = EventRoutes<ByteText>()
        let group = ByteText(subscription.group)
        wanted.set(subscription.pattern, for: group)
        for (index, (event, publishedAt)) in history.enumerated() {
            if let since, publishedAt < since { continue }
            guard !wanted.matches(event).isEmpty else { continue }
            let sequence = UInt64(index + 1)
            let stored = MemoryEventBus.Stored(event: event, publishedAt: publishedAt, references: 0)
            events[sequence, default: stored].references += 1
            groups[group]?.queue.add(
                DeliveryQueue.Entry(sequence: sequence, key: OrderingKey.hash(of: event)))
        }
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
