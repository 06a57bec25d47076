public import Tidings
import TidingsLog

extension EmbeddedEventBus {
    /// Writes the state to a checkpoint, durable when this returns, so that a restart begins there.
    ///
    /// A checkpoint is also written each time the log has grown by ``EmbeddedOptions/checkpointBytes``.
    /// - Throws: `TidingsError` with code `closed` or `unavailable`; after the latter a retry may help.
    public func checkpoint() async throws { try await maintenance.checkpoint() }

    /// Copies everything that is durable now into a folder on which a bus can be opened: a backup, made while events
    /// flow.
    ///
    /// The copy is the bus at one moment: every event that was published before and is still kept, and each group as it
    /// was. To restore it, open it, or copy it back first. Publishing and consuming go on; only checkpoints and the
    /// removal of old events wait.
    /// - Parameter directory: A folder that is empty or does not exist.
    /// - Throws: `TidingsError` with code `unavailable` if the folder is not empty or the disk fails; what was written
    ///   by then cannot be opened.
    public func backUp(to directory: String) async throws { try await maintenance.backUp(to: directory) }

    /// Counts the events of a consumer group, one by one.
    /// - Complexity: Linear in the events that are in memory or in flight, and in the segments of the log.
    /// - Throws: `TidingsError` with code `invalid` if there is no such group.
    public func ledger(of group: String) async throws -> QueueLedger {
        let now = environment.now()
        return try engine.step { core in
            try core.state.checkOpen()
            let group = try core.state.group(named: group)
            core.state.endWaiting(in: group, at: now)
            return try core.state.ledger(of: group)
        }
    }

    /// The events of a consumer group that cannot be read from the log and are set aside, in order. Each group is told of
    /// when it needs them; ``health()`` raises an alarm.
    /// - Throws: `TidingsError` with code `invalid` if there is no such group.
    public func unreadableEvents(of group: String) async throws -> [UnreadableEvent] {
        try engine.read { state in
            try state.checkOpen()
            return try state.unreadable(of: state.group(named: group))
        }
    }

    /// Gives up the events of a consumer group that cannot be read: they count as acknowledged, so that the file that is
    /// damaged may be removed in its time. Durable when this returns; there is no way back.
    /// - Returns: How many.
    /// - Throws: `TidingsError` with code `invalid` if there is no such group, or `unavailable`.
    @discardableResult
    public func discardUnreadableEvents(of group: String) async throws -> Int {
        try await engine.discardUnreadable(of: engine.read { try $0.group(named: group) })
    }

    /// What an operator should look at. Each group is counted on its own, so that nobody waits until all are.
    func healthAlarms() -> [String] {
        let now = environment.now()
        let groups = engine.read { $0.groups.ids }
        let shortage = engine.log.retries.shortage.map { "the bus waits, and goes on by itself: \($0)" }
        let times = engine.read { $0.alarmOfTimes(at: now) }
        return [shortage, times].compactMap(\.self) + engine.alarmsOfEventLogs(options)
            + groups.flatMap { group in engine.read { $0.healthAlarms(of: group, at: now, options) } }
            + ((try? alarmWatch.statuses()) ?? []).filter { $0.state == .alarm }.map(\.description)
    }

    /// The groups that nobody consumes though events have waited for longer than ``EmbeddedOptions/unreadAlarm``.
    public func unreadGroups() async -> [UnreadGroup] {
        let now = environment.now()
        let groups = engine.read { $0.groups.ids }
        return groups.compactMap { group in engine.read { $0.unread(group, at: now, options) } }
    }

    // MARK: For tests

    /// The indexes of the log.
    package var eventIndex: EventIndex { maintenance.index }

    /// How long the lock of the state is held, for a benchmark.
    package var lockTimes: LockTimes { engine.lockTimes }

    /// Whether history is being matched for a group.
    package func isMatchingHistory(of group: String) throws -> Bool {
        try engine.read { state in
            let group = try state.group(named: group)
            return state.groups[group].live.isMatchingHistory
        }
    }

    /// One round of maintenance.
    package func runMaintenance() async { await maintenance.run() }

    /// Removes what no group needs, without a checkpoint before it.
    package func reclaim() async throws { try await maintenance.reclaim() }

    /// About how many bytes the events take that are in memory: at most ``EmbeddedOptions/cacheBytes``.
    package var heldByteCount: Int { engine.read { $0.cache.byteCount } }

    /// How many consumers a group has; 0 if there is no such group.
    package func memberCount(of group: String) -> Int {
        engine.read { state in (try? state.group(named: group)).map { state.groups[$0].live.members } ?? 0 }
    }

    /// Lets a group lose an event that is ready, for the test that sees the alarm.
    package func lose(_ sequence: UInt64, of group: String) throws {
        try engine.step { $0.state.lose(sequence, of: group) }
    }
}
