import Synchronization

extension ServiceDatabase {
    /// What does not move past its own deadline: in this process, in this database, and on the bus.
    /// - Parameter bus: where its events come from.
    /// - Throws: ``TidingsError`` with code `unavailable` or `closed` if the database does not answer.
    public func stuckWork(on bus: any EventBus) async throws -> [StuckWork] {
        await stuckOutside(on: bus) + (try await stuckRows())
    }

    /// What was stuck when ``EventRuntime`` last looked, a few seconds ago.
    public var knownStuckWork: [StuckWork] { lastLook.withLock(\.self) }

    /// What is stuck in this process and on the bus: known also while the database does not answer.
    func stuckOutside(on bus: any EventBus) async -> [StuckWork] {
        work.overdue(at: environment.now()) + (await bus.unreadGroups().map(StuckWork.init))
    }

    /// What is stuck in the database.
    func stuckRows() async throws -> [StuckWork] {
        let now = environment.now()
        let limit = Duration.seconds(10)
        return try await environment.time.withTimeout(limit, throwing: .timedOut("reading what is stuck", limit)) {
            try await self.engine.read { try self.stuckRows(at: now, in: $0) }
        }
    }

    /// Cancels a piece of work that this process has begun, by the number in its remedy. A batch is given back, and no
    /// attempt is counted; an effect, or what handled an event in a transaction, has failed its attempt; a loop begins anew.
    /// A transaction ends at its next statement, an effect when it heeds its cancellation.
    /// - Returns: whether there is such a piece of work.
    public func cancelWork(_ id: Int) -> Bool { work.cancel(id) }

    /// Publishes at once what waits in the outbox, and what was set aside there.
    /// - Returns: how many events were set aside.
    public func retryOutbox() async throws -> Int {
        defer { published.signal() }
        return try await engine.write { try Outbox.restore(in: $0) }
    }

    /// How many events are set aside in the outbox; 10,000 stands for more, too.
    public func setAsideCount() async throws -> Int {
        try await engine.read { try Outbox.setAside(in: $0)?.count ?? 0 }
    }

    /// Removes the events that are set aside in the outbox, for good.
    /// - Returns: how many there were.
    public func discardSetAside() async throws -> Int {
        try await engine.write { try Outbox.discardSetAside(in: $0) }
    }

    private func stuckRows(at now: Timestamp, in connection: any DatabaseConnection) throws -> [StuckWork] {
        let due = StuckLimits.due.before(now)
        let subscribers = running.all
        let members = subscribers.map(\.parked)
        var found: [StuckWork] = []
        for (member, status) in zip(members, subscribers.map(\.status)) {
            let paused = status.health.pausedBecause.map { "\(member.consumer), which has paused: \($0)" }
            found += try member.overdue(dueBefore: due, in: connection).map {
                StuckWork($0, heldBy: paused ?? "\(member.consumer), which has more to do than it can")
            }
            found += try member.blockers(failingSince: StuckLimits.key.before(now), in: connection).map {
                StuckWork($0, of: member.consumer)
            }
        }
        found += try ParkedEvents.orphans(beside: members, dueBefore: due, in: connection).map { orphan in
            let isHere = members.contains { $0.consumer == orphan.consumer }
            let reason = isHere ? "has no handler for \(orphan.type)" : "does not run in this process"
            return StuckWork(orphan, heldBy: "\(orphan.consumer), which \(reason)")
        }
        found += try ParkedEvents.unreadable(in: connection).map(StuckWork.init(unreadable:))
        found += try SagaInstances.stuck(dueBefore: due, in: connection).map(StuckWork.init)
        return found + (try stuckOutbox(at: now, in: connection))
    }

    private func stuckOutbox(at now: Timestamp, in connection: any DatabaseConnection) throws -> [StuckWork] {
        var found: [StuckWork] = []
        if let oldest = try Outbox.oldest(in: connection), oldest < StuckLimits.outbox.before(now) {
            found.append(
                StuckWork(
                    kind: .outbox, name: "the outbox of \(service)", since: oldest,
                    heldBy: relayFailure.reason ?? "its relay, or that of another process, which has the lease",
                    holdsUp: "\(try Outbox.depth(in: connection).count) events that the service has published",
                    remedy: .init("/manage/outbox/retry")))
        }
        if let aside = try Outbox.setAside(in: connection) {
            found.append(
                StuckWork(
                    kind: .outbox, name: "events set aside in the outbox of \(service)", since: aside.since,
                    heldBy: aside.reason, holdsUp: "\(aside.count) events, and nothing else",
                    remedy: .init("/manage/outbox/retry")))
        }
        return found
    }
}

extension StuckWork {
    fileprivate init(_ group: UnreadGroup) {
        self.init(
            kind: .group, name: "consumer group \(group.name)", since: group.oldest,
            heldBy: "nobody, who would consume it",
            holdsUp: "\(group.count) events, which the bus keeps for it",
            remedy: Remedy("/manage/groups/remove", .object(["group": group.name])))
    }

    fileprivate init(_ overdue: ParkedEvents.Overdue, heldBy: String) {
        self.init(
            kind: .parked, name: "parked \(overdue.type) of \(overdue.consumer)", since: overdue.since, heldBy: heldBy,
            holdsUp: "\(StuckLimits.text(overdue.count)) events, with the later ones of their keys",
            remedy: Remedy(
                "/manage/parked/give-up", .object(["consumer": overdue.consumer, "type": overdue.type.rawValue])))
    }

    fileprivate init(unreadable: ParkedEvents.Overdue) {
        self.init(
            kind: .parked, name: "unreadable \(unreadable.type) of \(unreadable.consumer)", since: unreadable.since,
            heldBy: "their rows, which this version cannot read; they are read again at each start",
            holdsUp: "\(StuckLimits.text(unreadable.count)) events, and nothing else",
            remedy: Remedy(
                "/manage/parked/discard-unreadable",
                .object(["consumer": unreadable.consumer, "type": unreadable.type.rawValue])))
    }

    fileprivate init(_ blocker: ParkedEvents.Blocker, of consumer: String) {
        let isDead = blocker.state == .dead
        self.init(
            kind: .key, name: "key \(blocker.key) of \(consumer)", since: blocker.since,
            heldBy: "\(isDead ? "the dead letter" : "the parked event") \(blocker.id), \(blocker.type) "
                + "\(blocker.eventID): \(blocker.error)",
            holdsUp: "\(StuckLimits.text(blocker.count)) later events of the key",
            remedy: Remedy(
                isDead ? "/manage/dead-letters/redrive" : "/manage/parked/give-up", #"{"ids":[\#(blocker.id)]}"#))
    }

    fileprivate init(_ saga: SagaInstances.Stuck) {
        let name = "\(saga.saga) \(saga.id) of \(saga.consumer)"
        let heldBy =
            switch saga.reason {
            case .compensation: "a step whose compensation was given up"
            case .killer: "its time-out, which seems to kill the service"
            case .failing: "its time-out, which fails; it is tried again once a minute"
            case .overdue: "its time-out, which was due and was not run"
            }
        self.init(
            kind: saga.reason == .compensation ? .compensation : .saga,
            name: (saga.reason == .compensation ? "the compensation of " : "") + name
                + (saga.stage.map { " in \($0)" } ?? ""), since: saga.since, heldBy: heldBy, holdsUp: "the saga",
            remedy: Remedy(
                "/manage/sagas/\(saga.id.percentEncoded)/retry?saga=\(saga.saga.percentEncoded)"
                    + "&consumer=\(saga.consumer.percentEncoded)"))
    }
}

extension String {
    /// The text as a part of a path or a query.
    fileprivate var percentEncoded: String {
        utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += byte < 16 ? "%0" : "%"
                text += String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// A JSON object of texts, its names in order.
    fileprivate static func object(_ members: KeyValuePairs<String, String>) -> String {
        var writer = JSONTextWriter()
        for (index, member) in members.enumerated() {
            if index == 0 { writer.begin(member.key, member.value) } else { writer.add(member.key, member.value) }
        }
        return writer.finish().text
    }
}
