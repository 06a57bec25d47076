import DequeModule
package import Tidings

/// Events that are staged and not durable: no group sees them yet.
struct PendingPublish {
    let ordinal: UInt64
    let batch: PublishedBatch
    let routes: [PublishLayout.Route]
}

/// The sequences of a batch of events: consecutive from the first, except for duplicates.
package struct Published: Sendable {
    package let firstSequence: UInt64
    /// The sequences of the duplicates, by their index in the batch.
    package var known: [Int: UInt64] = [:]
}

extension BrokerState {
    /// The routes of a moment, for events whose content decides; nil if the type alone does, which is looked up under
    /// the lock.
    var contentRoutes: ContentRoutes? {
        routes.readsContent ? ContentRoutes(version: routesVersion, routes: routes) : nil
    }

    /// Routes that are searched without the lock.
    struct ContentRoutes {
        let version: Int
        let routes: TargetedRoutes<RouteSource, GroupID>
    }

    /// The groups of a batch, as a version of the routes decides.
    package struct Routed {
        let version: Int
        let groups: [[GroupID]]
    }

    /// What becomes of a batch of events.
    package enum PublishProposal {
        /// Every event is a duplicate. Their publisher waits until the record with this ordinal is durable; nil if all
        /// of them are durable.
        case known(Published, durableWith: UInt64?)
        case write(PublishRecord)
    }

    /// A publish record. Its events were encoded before the lock was taken and are copied once, into the log.
    package struct PublishRecord {
        let head: PublishLayout.Head
        let routes: [PublishLayout.Route]
        /// What is to be logged before it: the sets of groups that it names and no record before it.
        package let groupSets: [BrokerRecord.GroupSet]
        let outgoing: OutgoingBatch
        package let published: Published

        package var byteCount: Int { PublishLayout.headByteCount(routes, outgoing.delays) + outgoing.body.count }

        package func write(into writer: inout BinaryWriter) {
            PublishLayout.write(head, routes, outgoing.delays, into: &writer)
            writer.write(outgoing.body)
        }
    }

    /// Publishes events. Remembers their identities until the proposal is committed or canceled.
    ///
    /// - Parameters:
    ///   - routed: The groups that were chosen without the lock, if they were.
    ///   - now: The time of the record.
    ///   - steady: The time by which identities become old: that of a clock which nobody sets, from the time on that the
    ///     wall clock had when the log was opened.
    package mutating func proposePublish(
        _ outgoing: OutgoingBatch, routed: Routed? = nil, at now: Timestamp, steady: Timestamp
    ) throws(TidingsError) -> PublishProposal {
        try checkOpen()
        let time = durable.time(at: now)
        duplicates.expire(at: steady)
        var published = Published(firstSequence: durable.nextSequence)
        for (index, identity) in outgoing.identities.enumerated() {
            if let known = duplicates.find(identity) {
                published.known[index] = known
            } else {
                duplicates.append(identity, at: steady)
            }
        }
        guard published.known.count < outgoing.batch.count else {
            let isPending = published.known.values.contains { $0 > lastShown }
            return .known(published, durableWith: isPending ? pending.last?.ordinal : nil)
        }
        let fresh = published.known.isEmpty ? outgoing : outgoing.leavingOut(published.known)
        var routes = routes(of: fresh.batch.events, routed, published.known)
        let groupSets = durable.groupSets.number(&routes)
        return .write(
            PublishRecord(
                head: PublishLayout.Head(
                    time: time, firstSequence: durable.nextSequence, events: fresh.batch.count),
                routes: routes, groupSets: groupSets, outgoing: fresh, published: published))
    }

    /// The log has accepted the record of a set of groups.
    package mutating func commit(_ set: BrokerRecord.GroupSet) { durable.define(set) }

    package mutating func commit(_ record: PublishRecord, _ staged: StagedRecord) {
        let (head, batch) = (record.head, record.outgoing.batch)
        assert(head.firstSequence == durable.nextSequence, "events are numbered in the order of their records")
        assert(pending.last.map { $0.ordinal < staged.ordinal } ?? true, "records are staged in order")
        batch.stage(at: staged.position, from: head.firstSequence, time: head.time)
        durable.publish(record.routes, record.outgoing.delays, at: head.time, staged.position)
        assert(duplicates.next == durable.nextSequence, "each event has one identity")
        pending.append(PendingPublish(ordinal: staged.ordinal, batch: batch, routes: record.routes))
    }

    /// The log has refused the record: its events were not published.
    package mutating func cancel(_ record: PublishRecord) { duplicates.removeLast(record.outgoing.batch.count) }

    /// The groups of events: those that were chosen without the lock, unless a group has changed since, or those that
    /// their types decide. Consecutive events mostly have the same.
    private mutating func routes(
        of events: [Envelope], _ routed: Routed?, _ known: [Int: UInt64]
    ) -> [PublishLayout.Route] {
        var found: [PublishLayout.Route] = []
        if let routed, routed.version == routesVersion {
            for (index, groups) in routed.groups.enumerated() where known.isEmpty || known[index] == nil {
                PublishLayout.Route.add(groups, to: &found)
            }
            return found
        }
        for index in events.indices {
            if index > 0, routes.answersAlike(events[index - 1], events[index]) {
                found[found.count - 1].events += 1
            } else {
                PublishLayout.Route.add(routes.matches(events[index]), to: &found)
            }
        }
        return found
    }

    // MARK: Durability

    /// Records up to an ordinal are durable: their events are shown to their groups.
    /// - Returns: The groups that got events, each once; one waiting member of each is to be woken.
    package mutating func advance(to synced: UInt64) -> [GroupID] { show(upTo: synced, atMost: .max).groups }

    /// The same in part: shows records until so many runs of events were added to windows.
    /// - Returns: The groups that got events, those of them all of whose waiting members are to be woken because each waits for
    ///   something later, and whether all records up to the ordinal are shown.
    package mutating func show(
        upTo synced: UInt64, atMost runs: Int
    ) -> (groups: [GroupID], sooner: [GroupID], isDone: Bool) {
        var announced: [GroupID] = []
        var shown = 0
        while shown < runs, let ordinal = pending.first?.ordinal, ordinal <= synced, let first = pending.popFirst() {
            shown += show(first, &announced)
        }
        let sooner = announced.filter { groups[$0].live.isDueSooner }
        for group in announced { (groups[group].live.gotEvents, groups[group].live.isDueSooner) = (false, false) }
        return (announced, sooner, pending.first.map { $0.ordinal > synced } ?? true)
    }

    /// How many runs of events one record adds to windows.
    private static let runsOfRecord = 20_000

    /// - Returns: How many runs of events were added to windows, or to what is only in the log.
    private mutating func show(_ publish: PendingPublish, _ announced: inout [GroupID]) -> Int {
        let batch = publish.batch
        var runs = 0
        assert(batch.firstSequence == lastShown + 1, "events are shown in the order of their sequences")
        var next = 0
        for route in publish.routes {
            let events = next..<next + route.events
            // A group may have been removed after the events were staged.
            for group in route.groups where groups.contains(group) {
                // What goes to very many, by turns, they read from the log, so that no record holds the lock for long.
                show(batch, events, to: group, windowLimit: runs < Self.runsOfRecord ? windowLimit : 0, &announced)
                runs += 1
            }
            next = events.upperBound
        }
        batch.dropKeys()
        cache.hold(batch)
        lastShown = batch.firstSequence + UInt64(batch.count) - 1
        return runs
    }

    private mutating func show(
        _ batch: PublishedBatch, _ events: Range<Int>, to group: GroupID, windowLimit: Int,
        _ announced: inout [GroupID]
    ) {
        let shown = groups[group].show(batch, events, windowLimit: windowLimit, windowWeight: windowWeight)
        if shown.contains(.first) { announced.append(group) }
        if shown.contains(.unused) { dropWindow(of: group) }
        if shown.contains(.overweight) { trimWindow(of: group) }
    }
}
