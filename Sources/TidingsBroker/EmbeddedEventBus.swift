import Dispatch
import Logging
import Synchronization
public import Tidings
import TidingsLog

/// The durable bus that runs inside a program: a log in a folder, and consumer groups over it. No server to install.
///
/// **Durability.** ``publish(_:)`` returns once the events, and the groups they are for, are synced to the disk; no
/// consumer sees an event before that. All that arrives while one sync runs shares the next. A take is written before
/// the consumer sees its events, so an attempt counts even when the process is killed by it; a settlement becomes
/// durable within ten milliseconds, and a crash before that means redelivery.
///
/// **Duplicates.** An event whose source and id were published within the last two minutes, and the last million
/// events, is not published again; its publisher gets the sequence of the first, once that is durable. Restarts do not
/// matter, unless the log outgrows ``EmbeddedOptions/retentionBytes`` within two minutes: what is gone is not
/// recognised then.
///
/// **Memory.** Events that are about to be consumed are held in memory by the batches in which they came, up to
/// ``EmbeddedOptions/cacheBytes``; beyond that the oldest batches are given up first, and read from the log when they
/// are wanted. Events that are not done cost a group up to a bit each, or two bytes each where they stand thinly; where
/// it has no consumers, what comes is not held for it. At most 100,000 events of a group are out at once, and about
/// 65,536 may wait in memory behind keys that are out; more come as some are settled.
///
/// **Disk.** Events that no group needs go when they are older than ``EmbeddedOptions/retention``, or when the log has
/// grown beyond ``EmbeddedOptions/retentionBytes``. Age is looked at once an hour while the bus is in use, and at each
/// start; size after each checkpoint. Whole files go, the oldest first, and not while they are still being written or
/// recovery may read them. One that is due, and of which some group needs an event, stays with those behind it; where
/// groups need fewer than a quarter of its events, the rest is taken out of it.
///
/// **After a restart** what was out comes back at once, with its attempts counted. Opening reads the last checkpoint,
/// the log behind it, and, for the duplicates, the events of the two minutes before the checkpoint, a million at
/// most.
///
/// **Failure.** Files of the log are reserved ahead. When the present one is full and there is no room for the next,
/// ``publish(_:)`` fails with code `unavailable`, and works again when there is; room is looked for once a second, and
/// consumers go on meanwhile in what is kept for them, 1 MiB or a quarter of a smaller file. That is how a full disk
/// shows where it keeps what was reserved. When the disk refuses a write or a sync, as a full one may that copies on
/// write, the log stops for good: every later call fails with code `unavailable`, and what was durable stays so. An
/// event that a group needs and that cannot be read stops the bus as well, with code `unavailable` or `corrupt`. Only
/// opening the folder again helps then, so a program that waits for ``failure()`` and ends with what it returns is one
/// that can be started again.
///
/// **One folder, one process.** Opening a folder that another process has open fails and names that process.
public final class EmbeddedEventBus: EventBus {
    let log: Log
    let state: Mutex<BrokerState>
    let options: EmbeddedOptions
    let environment: RuntimeEnvironment
    let logger: Logger
    let upkeep: Upkeep
    let ending = Ending()
    private let isOpen = Mutex(true)
    /// Whether some group's pattern asks for more than the type of events; the routes themselves say so exactly.
    let readsContent: Atomic<Bool>

    init(
        log: Log, state: consuming BrokerState, upkeep: Upkeep, options: EmbeddedOptions,
        environment: RuntimeEnvironment, logger: Logger
    ) {
        self.log = log
        readsContent = Atomic(state.routes.readsContent)
        self.state = Mutex(state)
        self.upkeep = upkeep
        self.options = options
        self.environment = environment
        self.logger = logger
    }

    /// Durability, order by key, history, and duplicates that are recognised.
    public var capabilities: BusCapabilities { [.durable, .order, .history, .duplicates] }

    /// Publishes events and returns once they are synced to the disk.
    @discardableResult
    public func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        guard !events.isEmpty else {
            try state.withLock { try $0.checkOpen() }
            return []
        }
        // By index: an envelope is a dozen references, which a copy would count.
        for index in events.indices { try events[index].validate() }
        let outgoing = try OutgoingBatch(events)
        let routed = route(events)
        let now = environment.now()
        let published: Published = try await withCheckedThrowingContinuation { continuation in
            do {
                try state.withLock { state in
                    try state.publish(
                        outgoing, routed: routed, at: now, keepingFree: reserve, log, continuation)
                }
            } catch {
                if log.isFull { upkeep.lookForRoom(for: self, at: now) }
                continuation.resume(throwing: TidingsError(bus: error))
            }
        }
        return published.events(events)
    }

    /// Joins a group. A new one is durable when this returns; where it is to start before now, earlier events are
    /// matched while it consumes already.
    public func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try subscription.validate()
        let (queue, member, ticket) = try translating {
            try state.withLock { state in
                let history = state.history(from: subscription.start)
                let joined = try state.join(subscription, history: history, log)
                readsContent.store(state.routes.readsContent, ordering: .relaxed)
                return joined
            }
        }
        // Also where another member made the group a moment ago.
        if let ticket { try await wait(for: ticket, untilSynced: true) }
        fillBack(queue)
        guard let signal = state.withLock({ $0.queues[queue]?.signal }) else {
            throw TidingsError(.closed, "the consumer group was removed")
        }
        return EmbeddedEventConsumer(
            bus: self, queue: queue, membership: Membership(member), signal: signal, environment: environment)
    }

    /// Removes a consumer group with all that waits for it. Its consumers fail with code `closed`. Durable when this
    /// returns; one that is not there is no error.
    public func removeGroup(_ name: String) async throws {
        let ticket = try translating { try state.withLock { try $0.removeGroup(name, log) } }
        if let ticket { try await wait(for: ticket, untilSynced: true) }
    }

    /// Connected until the bus stops or is closed, and not while there is no room for the next file of the log. Alarms
    /// tell of groups with a long backlog (``EmbeddedOptions/backlogAlarm``), of groups that nobody consumes
    /// (``EmbeddedOptions/unreadAlarm``), and of counts that do not add up.
    public func health() async -> BusHealth {
        let failure = state.withLock { $0.failure }
        let alarms = alarms()
        if let failure { return BusHealth(isConnected: false, reason: "\(failure)") }
        guard !log.isFull else {
            return BusHealth(
                isConnected: false, reason: "the disk is full: nothing is published until there is room",
                alarms: alarms)
        }
        return BusHealth(isConnected: true, alarms: alarms)
    }

    /// Waits until the bus stops for good: the disk refused a write or a sync, or an event that a group needs cannot be
    /// read. A full disk is no failure as long as it keeps what was reserved, unless the bus is closed while events
    /// that were given to it still wait for room.
    ///
    /// - Returns: why, with what to do about it; `nil` where the bus is closed before that, or the task cancelled.
    ///   Returns at once when the bus has ended already.
    public func failure() async -> TidingsError? {
        await ending.failure()
    }

    /// Ends the bus: makes durable what was staged and gives the folder back. Every later call fails with code
    /// `closed`.
    public func close() async {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard isFirst else { return }
        await upkeep.finish {
            do {
                try state.withLock { try $0.appendUnrecorded(log) }
                if upkeep.isWorthCheckpoint { _ = try await takeCheckpoint() }
            } catch {
                upkeep.warn("the last checkpoint was not written, so that the next start takes longer: \(error)")
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [log] in
                log.close()
                continuation.resume()
            }
        }
        // Where the last sync failed, that has been told before.
        ending.close()
        stop(because: TidingsError(.closed, "the bus was closed"))
    }

    /// The queues of events whose content decides, found without the lock; nil where their types do.
    private func route(_ events: [Envelope]) -> BrokerState.Routed? {
        guard readsContent.load(ordering: .relaxed), let routes = state.withLock({ $0.contentRoutes }) else {
            return nil
        }
        return BrokerState.Routed(version: routes.version, queues: events.map(routes.routes.search))
    }

    /// How many bytes are kept for consumers where the disk is full.
    private var reserve: Int { min(1 << 20, options.segmentBytes / 4) }
}

extension Published {
    /// What publishers are told, event by event.
    func events(_ events: [Envelope]) -> [PublishedEvent] {
        var next = firstSequence
        return events.indices.map { index in
            if !known.isEmpty, let sequence = known[index] {
                return PublishedEvent(id: events[index].id, sequence: sequence, isDuplicate: true)
            }
            defer { next += 1 }
            return PublishedEvent(id: events[index].id, sequence: next)
        }
    }
}
