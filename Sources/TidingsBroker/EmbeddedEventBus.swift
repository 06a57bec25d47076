public import Tidings
import TidingsLog

/// The durable bus that runs inside a program: a log in a folder, and consumer groups over it. No server to install.
///
/// **Durability.** ``publish(_:)`` returns once the events, and the groups that get them, are synced to the disk; no
/// consumer sees an event before that. All that arrives while one sync runs shares the next. A take is written before
/// the consumer sees its events, so an attempt counts even if it kills the process. A settlement becomes durable within
/// ten milliseconds, or on a full disk as soon as there is room; a crash before that means redelivery.
///
/// **Duplicates.** An event whose source and id were published within the last two minutes, and the last million
/// events, is not published again; its publisher gets the sequence of the first, once that is durable. Minutes go by a
/// clock that nobody sets; for those before a restart the times of the records tell. Restarts do not
/// change that, unless the log outgrows ``EmbeddedOptions/retentionBytes`` within two minutes: what was removed is not
/// recognized.
///
/// **Memory.** Events that are about to be consumed are held in memory by the batches in which they came, up to
/// ``EmbeddedOptions/cacheBytes``; beyond that the oldest batches are dropped first, and read from the log when they
/// are needed. Events that are not acknowledged cost a group up to a bit each, or two bytes each where they are sparse;
/// while it has no consumers, no event is held for it. At most 100,000 events of a group are in flight at once, and about
/// 65,536 may wait in memory behind keys that are in flight; more follow as some are settled.
///
/// **Disk.** Events that no group needs are removed when they are older than ``EmbeddedOptions/retention``, or when the
/// log has grown beyond ``EmbeddedOptions/retentionBytes``. Age is checked once an hour while the bus is in use, and at
/// each start; size after each checkpoint. Whole files are removed, the oldest first, but not while they are being written
/// or recovery may read them. If some group needs an event of a file that is due, it stays with those behind it; if
/// groups need less than a quarter of its events, the rest is taken out of it, if that gives back a third of its room.
///
/// **After a restart** what consumer groups had in flight is ready at once, with its attempts counted; what consumers of
/// queues had stays out until its time is over. Opening reads the last
/// checkpoint, the log behind it, and, for the duplicates, the events of the two minutes before the checkpoint, a
/// million at most.
///
/// **Time.** Sequences give the order. A record carries what the wall clock said, which may be wrong: a time that is ahead
/// of the clock is named at opening and by ``health()``, and neither retention nor an alarm rests on it. A clock that is
/// set ahead while the bus is open lets nothing become old: what goes by age goes by the time that really passed.
///
/// **Failure.** Files of the log are reserved ahead. If the present one is full and there is no room for the next,
/// ``publish(_:)`` fails with code `unavailable`, and works again when there is room, which is checked once a second.
/// Consumers go on meanwhile in what is kept for them, 1 MiB or a quarter of a smaller file, of which the last quarter
/// belongs to upkeep: it looks every five seconds for files that may go. What is settled when that is used up holds, and
/// is recorded as soon as there is room. That is how a disk behaves
/// that keeps what was reserved. If the disk refuses a write or a sync, as a full disk that copies on write may, the
/// log stops for good: every later call fails with code `unavailable`, and what was durable stays so. Only
/// opening the folder again helps then, so a program should wait for ``failure()`` and end with what it returns, to be
/// restarted.
///
/// **Damage.** An event that a group needs and that cannot be read is set aside: the group gets all others, the event stays
/// unsettled, ``health()`` raises an alarm, and ``unreadableEvents(of:)`` tells its place in the log. It is tried again when
/// the folder is opened again; ``discardUnreadableEvents(of:)`` gives it up.
///
/// **One folder, one process.** Opening a folder that another process has open fails and names that process.
public final class EmbeddedEventBus: EventBus {
    let engine: BrokerEngine
    let maintenance: Maintenance
    let alarmWatch: AlarmWatch
    let history: EventHistory
    let options: EmbeddedOptions
    private let closing = Closing()

    init(
        _ engine: BrokerEngine, _ maintenance: Maintenance, _ alarmWatch: AlarmWatch, options: EmbeddedOptions
    ) {
        self.engine = engine
        self.maintenance = maintenance
        self.alarmWatch = alarmWatch
        self.options = options
        history = EventHistory(engine, maintenance)
    }

    var environment: RuntimeEnvironment { engine.environment }

    /// Durability, order by key, history, delays, and duplicates that are recognised.
    public var capabilities: BusCapabilities { [.durable, .order, .history, .duplicates, .delays] }

    /// ``EmbeddedOptions/retention``.
    public var retention: Duration? { options.retention }

    /// Publishes events and returns once they are synced to the disk.
    @discardableResult
    public func publish(_ events: [Envelope]) async throws -> [PublishedEvent] {
        guard !events.isEmpty else {
            try engine.read { try $0.checkOpen() }
            return []
        }
        // By index: an envelope is a dozen references, which a copy would count.
        for index in events.indices { try events[index].validate() }
        do {
            return try await engine.publish(events).events(events)
        } catch {
            maintenance.lookForRoom()
            throw error
        }
    }

    /// Joins a group. A new group is durable when this returns; if it starts before now, earlier events are matched while
    /// it consumes already.
    public func subscribe(_ subscription: Subscription) async throws -> any EventConsumer {
        try subscription.validate()
        return EmbeddedEventConsumer(self, try await engine.join(subscription))
    }

    /// Removes a consumer group with all its events. Its consumers fail with code `closed`. Durable when this returns; a
    /// group that does not exist is not an error.
    public func removeGroup(_ name: String) async throws { try await engine.removeGroup(name) }

    /// Connected until the bus stops or is closed, except while there is no room for the next file of the log. Alarms
    /// report a call that waits for descriptors or memory, groups with a long backlog (``EmbeddedOptions/backlogAlarm``), groups that nobody consumes
    /// (``EmbeddedOptions/unreadAlarm``), event logs that cannot be written, counts that do not add up, and the alarms that are
    /// raised (``alarms()``).
    public func health() async -> BusHealth {
        do {
            try engine.read { try $0.checkOpen() }
        } catch {
            return BusHealth(isConnected: false, reason: "\(error)")
        }
        guard !engine.isFull else {
            maintenance.lookForRoom()
            return BusHealth(
                isConnected: false, reason: "the disk is full: nothing is published until there is room",
                alarms: healthAlarms())
        }
        return BusHealth(isConnected: true, alarms: healthAlarms())
    }

    /// Waits until the bus stops for good: the disk refused a write or a sync, or cannot be read. A full disk is not a failure as long as it keeps what was reserved, unless the bus is closed while events
    /// that were given to it still wait for room.
    ///
    /// - Returns: The failure, with what to do about it; `nil` if the bus is closed before that, or the task canceled.
    ///   Returns at once if the bus has ended already.
    public func failure() async -> TidingsError? { await engine.termination.failure() }

    /// Ends the bus: makes durable what was staged and gives the folder back. Every later call fails with code
    /// `closed`. Whoever calls it returns once the bus is closed.
    public func close() async {
        await closing.close {
            engine.log.retries.isUnlimited = false
            await alarmWatch.close()
            await engine.closeEventLogs()
            await maintenance.close()
            await engine.close()
        }
    }
}

extension Published {
    /// What a publisher gets, event by event.
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
