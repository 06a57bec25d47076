import DequeModule
package import Tidings
import TidingsRouting

/// The state of the broker: a state machine that does no I/O.
///
/// Its methods take a request and a time, and return the records to write and the actions to take. It knows no log, no
/// lock, no clock and no task; ``BrokerEngine`` runs it under one lock.
///
/// **Records.** The log takes records in the order in which the state changes, or refuses one because the disk is full.
/// A step that may be refused comes in two parts. `propose…` checks the request and returns the record; once the log has
/// accepted that, `commit` changes the state, otherwise `cancel` restores what `propose…` had to reserve. No other step
/// comes between the two. Steps that must not be refused, because somebody has acted on them already, change the state
/// at once and return their records: settlements. A record of theirs that the log has no room for goes to ``unwritten``,
/// whose records precede every later one.
///
/// **What a queue is.** ``GroupTable`` holds consumer groups, queues, archives and what goes to event logs alike: each is a
/// ``QueueState``, whose events the log keeps until they leave. A consumer group gets what its pattern chooses; a queue,
/// which is declared, gets what rules choose, and what moves and replays bring; from an archive nobody takes. What a rule
/// gives to an event log is a queue without a name, one for each rule: the engine writes its events to the log's files, and
/// a record says so. Whatever leaves or comes at once is
/// one record of ``removalLimit`` events at most.
///
/// **What waits.** An event that a queue or its publisher delays is in no window until its time has come, so that it holds
/// up nothing: ``DelayedEvents`` is what the records say of it, ``EventTimer`` what of that is ahead of the clock. Then it
/// is read from the log like all that is not in memory.
package struct BrokerState {
    /// How many events of a group may be in flight at once; more are handed out when some of them are settled.
    static let outstandingLimit = 100_000
    /// How many events of a group may wait for their next attempt; when they do, nothing more is handed out.
    static let heldLimit = 1_000_000
    /// How many events of a group that had to wait become ready in one step.
    static let dueLimit = 10_000

    /// Everything that a restart brings back, and beside each group what is live of it.
    var durable: DurableState
    var routes: TargetedRoutes<RouteSource, GroupID>
    /// The ordinal of the last record that changed a rule; 0 if an earlier process wrote it.
    var rulesDefinedBy: UInt64 = 0
    /// Counts the changes of ``routes``.
    var routesVersion = 0
    var duplicates: DuplicateWindow
    /// What is published and not durable yet, in order.
    var pending: Deque<PendingPublish> = []
    /// The first segment that holds everything that was published in its time. New groups may start there.
    var historyStart: UInt64
    /// The last event that is durable. No group gets an event behind it.
    var lastShown: UInt64
    /// Settlements that the log had no room for. They precede any other record.
    private(set) var unwritten = UnwrittenSettlements()
    var alarmRecords = AlarmRecords()
    var cache: EventCache
    /// How many events of a group are kept in its window.
    let windowLimit: Int
    /// How heavy the windows of all groups may be together.
    let weightOfWindows: Int
    /// How many groups have a window.
    var windowCount = 0
    private var lastMember: UInt64 = 0
    /// Why the broker has stopped; nil while it runs.
    private(set) var failure: TidingsError?
    /// When this process took the state over, and the first event that it publishes itself: those before are older.
    private(set) var opened: (at: Timestamp, before: UInt64)

    /// - Parameters:
    ///   - durable: What recovery has read.
    ///   - duplicates: The identities of the last events.
    ///   - historyStart: The first segment that holds everything that was published in its time.
    ///   - now: The time at which the state is taken over.
    package init(
        _ durable: DurableState, _ duplicates: DuplicateWindow, historyStart: UInt64, _ options: EmbeddedOptions,
        at now: Timestamp
    ) {
        self.durable = durable
        self.durable.groups = durable.groups.mapValues { ConsumerGroup($0.durable, isOpening: true) }
        routes = Self.routes(of: durable)
        self.historyStart = historyStart
        self.duplicates = duplicates
        cache = EventCache(limit: options.cacheBytes)
        windowLimit = options.windowEvents
        weightOfWindows = options.windowWeight
        lastShown = durable.nextSequence - 1
        opened = (now, durable.nextSequence)
        for group in groups.ids { while groups[group].live.timer.isDue(at: now) { endWaiting(in: group, at: now) } }
    }

    /// The time has come for some of what had to wait in a group.
    package mutating func endWaiting(in group: GroupID, at now: Timestamp) {
        groups[group].endWaiting(at: now)
    }

    /// The sequences of what is staged and not durable: no group gets it yet.
    var staged: Range<UInt64> { lastShown + 1..<max(durable.nextSequence, lastShown + 1) }

    var groups: GroupTable<ConsumerGroup> {
        _read { yield durable.groups }
        _modify { yield &durable.groups }
    }

    /// - Throws: Why the broker has stopped.
    func checkOpen() throws(TidingsError) {
        if let failure { throw failure }
    }

    /// Makes sure that a group has not been removed.
    func check(_ group: GroupID) throws(TidingsError) {
        if !groups.contains(group) { throw TidingsError(.closed, "the consumer group was removed") }
    }

    /// The groups and queues that are there, by number.
    package var groupIDs: [GroupID] { groups.ids.filter { !durable.eventLogs.contains($0) } }

    /// The group or queue of a name.
    /// - Throws: `TidingsError` with code `invalid` if there is none.
    package func group(named name: String) throws(TidingsError) -> GroupID {
        guard let group = durable.groupByName[ByteText(name)] else {
            throw TidingsError(.invalid, "there is no consumer group named \(name)")
        }
        return group
    }

    /// Stops for good: every later request fails with this error, unless there was one before.
    package mutating func stop(because reason: TidingsError) {
        failure = failure ?? reason
        pending = []
    }

    // MARK: Groups

    /// A member that is about to join.
    package struct JoinProposal {
        let subscription: Subscription
        let group: GroupID
        let isNew: Bool
        /// What the record says; nil if the group is already as the member wants it.
        let definition: BrokerRecord.Group?

        /// The record to write, if any.
        package var record: [UInt8]? { definition?.encoded() }
    }

    /// A member that has joined.
    package struct Joined {
        package let group: GroupID
        package let member: UInt64
        /// The ordinal of the group's record. It must be durable before the member consumes, whoever wrote it.
        package let definedBy: UInt64
        package let actions: GroupActions
    }

    /// Joins a group, which is made if it is new.
    package func proposeJoin(
        _ subscription: Subscription, at now: Timestamp
    ) throws(TidingsError) -> JoinProposal {
        try checkOpen()
        let known = durable.groupByName[ByteText(subscription.group)]
        if let known, groups[known].durable.isArchive {
            throw TidingsError(.invalid, "\(subscription.group) is an archive; name the consumer group otherwise")
        }
        if let known, groups[known].durable.declaration != nil {
            throw TidingsError(
                .invalid,
                "\(subscription.group) is a queue, which rules fill; consume it as a queue, or name the group otherwise"
            )
        }
        guard known != nil || groups.count < DurableState.groupLimit else {
            throw TidingsError(
                .overloaded,
                "the bus has \(DurableState.groupLimit) consumer groups, which is the most it can have; remove one that is "
                    + "no longer used")
        }
        let group = known ?? groups.nextID
        let isChanged = known.map { groups[$0].durable.pattern != subscription.pattern } ?? true
        let definition = BrokerRecord.Group(
            id: group, name: subscription.group, pattern: subscription.pattern,
            history: known == nil ? history(from: subscription.start, at: now) : nil)
        return JoinProposal(
            subscription: subscription, group: group, isNew: known == nil, definition: isChanged ? definition : nil)
    }

    /// - Parameter record: The proposal's record, if it has one.
    package mutating func commit(_ join: JoinProposal, _ record: StagedRecord?) -> Joined {
        if let definition = join.definition {
            if join.isNew {
                durable.addGroup(definition)
                groups[join.group].live.wholeFrom = durable.marks.first(from: historyStart)?.sequence
            } else {
                durable.setPattern(definition.pattern, of: join.group)
            }
            groups[join.group].live.definedBy = record?.ordinal ?? 0
            routes.set(definition.pattern, for: .group(join.group), to: [join.group])
            routesVersion += 1
        }
        return self.join(join.group, for: join.subscription.visibilityTimeout)
    }

    /// - Parameter visibility: How long a delivery stays hidden from now on.
    mutating func join(_ group: GroupID, for visibility: Duration) -> Joined {
        lastMember += 1
        // Takes end sooner from now on than those who wait expect.
        let isSooner = groups[group].live.members > 0 && visibility < groups[group].live.visibility
        groups[group].live.visibility = visibility
        groups[group].live.members += 1
        beginUse(of: group)
        return Joined(
            group: group, member: lastMember, definedBy: groups[group].live.definedBy,
            actions: isSooner ? .wakeMembers : [])
    }

    /// Removes a group with all its events; nil if there is none of this name.
    package func proposeRemoval(of name: String) throws(TidingsError) -> (group: GroupID, record: [UInt8])? {
        try checkOpen()
        guard let group = durable.groupByName[ByteText(name)] else { return nil }
        guard groups[group].durable.declaration == nil, !groups[group].durable.isArchive else {
            let kind = groups[group].durable.isArchive ? "an archive" : "a queue"
            throw TidingsError(.invalid, "\(name) is \(kind), not a consumer group; remove it as such")
        }
        return (group, BrokerRecord.removal(of: group))
    }

    /// Removes a queue with all its events; nil if there is none of this name.
    package func proposeRemoval(ofQueue name: String) throws(TidingsError) -> (group: GroupID, record: [UInt8])? {
        try checkOpen()
        guard durable.groupByName[ByteText(name)] != nil else { return nil }
        let queue = try queue(named: name)
        if let source = source(ofDeadLetters: queue), groups[source].durable.declaration?.deadLetters == queue {
            throw TidingsError(
                .invalid, "\(name) gets the dead letters of \(groups[source].durable.name); remove that queue first")
        }
        return (queue, BrokerRecord.removal(of: queue))
    }

    /// The members of the group, if any wait, are to be woken and get an error.
    package mutating func commit(_ removal: (group: GroupID, record: [UInt8])) {
        dropWindow(of: removal.group)
        forgetTarget(removal.group)
        durable.removeGroup(removal.group)
        routes.remove(.group(removal.group))
        routesVersion += 1
    }

    // MARK: Records without room

    /// A record of settlements that there was no room for; nil if there are none.
    /// - Parameter runs: How many runs of sequences it may name.
    package func firstUnwritten(atMost runs: Int = 1000) -> SettlementRecord? { unwritten.first(atMost: runs) }

    /// Keeps a record of settlements that the log had no room for.
    package mutating func keepUnwritten(_ record: SettlementRecord) { unwritten.add(record) }

    /// The log has accepted a record that it had no room for.
    package mutating func removeUnwritten(_ record: SettlementRecord) { unwritten.remove(record) }
}
